// Opa compiles each Rego file of a folder to the WebAssembly module beside it, as `opa build -t wasm
// -e limits/deny` does.
//
//	go run . FOLDER
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/compile"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run . FOLDER")
	}
	sources, err := filepath.Glob(filepath.Join(os.Args[1], "*.rego"))
	if err != nil {
		log.Fatal(err)
	}
	for _, source := range sources {
		compiler := compile.New().
			WithTarget(compile.TargetWasm).
			WithEntrypoints("limits/deny").
			WithPaths(source)
		if err := compiler.Build(context.Background()); err != nil {
			log.Fatalf("%s: %v", source, err)
		}
		module := strings.TrimSuffix(source, ".rego") + ".wasm"
		if err := os.WriteFile(module, compiler.Bundle().WasmModules[0].Raw, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

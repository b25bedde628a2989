// Interop checks an exported log with other people's code: golang.org/x/mod's sumdb/note opens the
// checkpoint, its sumdb/tlog hashes the entries and judges tiles and proofs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const usage = `usage: go run . DIR [PROOFS]

Checks a static C2SP tlog-tiles folder (writ export DIR OUT makes one), or, if DIR begins with
http://, one that is served there: then the verifier key is that in the environment's WRIT_VKEY, and
entries are asked for with the key in WRIT_AUDITOR_KEY.

  DIR/vkey                       the log's verifier key, one line
  DIR/checkpoint                 signed by that key, its origin the key's name
  DIR/tile/entries/<N>[.p/<W>]   every entry: the root computed from them is the checkpoint's
  DIR/tile/<L>/<N>[.p/<W>]       every hash tile: what those entries give, and what x/mod's own
                                 tile reader authenticates against the checkpoint

and, where PROOFS is given, every proof file in that folder (other files are an error):

  <any name>.tlog-proof          inclusion: the entry at its index, in the tree of its checkpoint
  <old>-<new>.consistency        consistency of the trees of these two sizes: one base64 hash a line

Prints one line for each thing checked. Exit status: 0 all hold, 1 something does not, 2 usage.
`

func main() {
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage) }
	flag.Parse()
	if flag.NArg() < 1 || flag.NArg() > 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := check(flag.Arg(0), flag.Arg(1)); err != nil {
		fmt.Fprintf(os.Stderr, "FAIL %v\n", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func check(dir, proofs string) error {
	head, verifier, err := openHead(dir)
	if err != nil {
		return err
	}
	fmt.Printf("checkpoint: %s, %d entries, signature verifies\n", verifier.Name(), head.N)
	log, err := readLog(dir, head.N)
	if err != nil {
		return err
	}
	if err := log.checkRoot(head); err != nil {
		return err
	}
	fmt.Printf("entries: %d hash to the checkpoint's root\n", head.N)
	tiles, err := log.checkTiles(dir, head)
	if err != nil {
		return err
	}
	fmt.Printf("tiles: %d hold what the entries give\n", tiles)
	if proofs == "" {
		return nil
	}
	return checkProofs(log, proofs, verifier)
}

func checkProofs(log *log, folder string, verifier noteVerifier) error {
	files, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, file := range files {
		kind := filepath.Ext(file.Name())
		checkOne, known := proofCheckers[kind]
		if !known {
			return fmt.Errorf("%s: not a proof file", file.Name())
		}
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return err
		}
		if err := checkOne(log, file.Name(), text, verifier); err != nil {
			return fmt.Errorf("%s: %w", file.Name(), err)
		}
		counts[kind]++
	}
	if len(files) == 0 {
		return errors.New("no proof file in " + folder)
	}
	fmt.Printf("proofs: %d inclusion, %d consistency\n", counts[".tlog-proof"], counts[".consistency"])
	return nil
}

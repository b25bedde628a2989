// Tessera is a log in Tessera's POSIX driver behind the plain protocol: tessera SOCKET FOLDER.
//
// An event is acknowledged when its future resolves: sequenced and integrated into the tree's files.
// A checkpoint that covers it follows on its own, as always with Tessera.
package main

import (
	"context"
	"crypto/rand"
	"log"
	"os"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"writ-bench-ledgers/plain"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: tessera SOCKET FOLDER")
	}
	context := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/tessera")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		log.Fatal(err)
	}
	driver, err := posix.New(context, posix.Config{Path: os.Args[2]})
	if err != nil {
		log.Fatal(err)
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		// By default a batch waits 250 ms for 256 entries; here it waits for what is under way.
		WithBatching(256, 2*time.Millisecond).
		WithCheckpointInterval(time.Second)
	appender, _, _, err := tessera.NewAppender(context, driver, options)
	if err != nil {
		log.Fatal(err)
	}
	plain.Serve(os.Args[1], func(event []byte) func() error {
		future := appender.Add(context, tessera.NewEntry(event))
		return func() error {
			_, err := future()
			return err
		}
	})
}

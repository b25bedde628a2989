// Immudb is the store inside of immudb behind the plain protocol: immudb SOCKET FOLDER. Without
// its server and gRPC, so that it has the same two processes as everything else here.
//
// One transaction an event; a commit returns once its transaction is synced.
package main

import (
	"context"
	"encoding/binary"
	"log"
	"os"
	"time"

	"github.com/codenotary/immudb/embedded/store"

	"writ-bench-ledgers/plain"
)

// inFlight is how many transactions may wait for a sync at once.
const inFlight = 2048

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: immudb SOCKET FOLDER")
	}
	options := store.DefaultOptions().
		WithSynced(true).
		// By default transactions gather for 20 ms before each sync.
		WithSyncFrequency(time.Millisecond).
		WithMaxActiveTransactions(inFlight).
		WithMaxConcurrency(inFlight).
		WithMaxWaitees(inFlight).
		WithMaxTxEntries(4).
		WithMaxKeyLen(64)
	immu, err := store.Open(os.Args[2], options)
	if err != nil {
		log.Fatal(err)
	}
	context := context.Background()
	number := uint64(0)
	plain.Serve(os.Args[1], func(event []byte) func() error {
		number++
		key := binary.BigEndian.AppendUint64(nil, number)
		return func() error {
			tx, err := immu.NewWriteOnlyTx(context)
			if err != nil {
				return err
			}
			if err := tx.Set(key, nil, event); err != nil {
				return err
			}
			_, err = tx.AsyncCommit(context)
			return err
		}
	})
}

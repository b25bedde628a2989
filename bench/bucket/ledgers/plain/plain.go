// Package plain serves the bench's plain protocol (plain-wire.ts): to the server, one
// `uint16 length ‖ event` after the other; back, `uint32`: so many more are durable.
package plain

import (
	"bufio"
	"encoding/binary"
	"io"
	"log"
	"net"
)

// Serve hands each event to begin, in order, and acknowledges it once what begin returned has
// returned. What is done is counted, not matched: these logs end whole batches at once.
func Serve(socket string, begin func(event []byte) (wait func() error)) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		log.Fatal(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serveOne(connection, begin)
	}
}

func serveOne(connection net.Conn, begin func([]byte) func() error) {
	durable := make(chan struct{}, 4096)
	go acknowledge(connection, durable)
	reader := bufio.NewReaderSize(connection, 1<<18)
	for {
		var length [2]byte
		if _, err := io.ReadFull(reader, length[:]); err != nil {
			return
		}
		event := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(reader, event); err != nil {
			return
		}
		wait := begin(event)
		go func() {
			if err := wait(); err != nil {
				log.Fatal(err)
			}
			durable <- struct{}{}
		}()
	}
}

// acknowledge tells of all that is durable by now in one write.
func acknowledge(connection net.Conn, durable <-chan struct{}) {
	for range durable {
		count := uint32(1)
	more:
		for {
			select {
			case <-durable:
				count++
			default:
				break more
			}
		}
		var ack [4]byte
		binary.BigEndian.PutUint32(ack[:], count)
		if _, err := connection.Write(ack[:]); err != nil {
			return
		}
	}
}

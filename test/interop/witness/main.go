// Program witness plays a log before a C2SP tlog-witness, with nothing but golang.org/x/mod under it:
// it grows a tree, signs checkpoints, proves consistency, and verifies the cosignatures it is given.
//
//	witness URL WITNESS-VKEY LOG-SKEY
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignatureV1 = 4

// cosigner verifies cosignature/v1 (C2SP tlog-cosignature); x/mod knows plain signatures alone.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func parseCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("the witness's vkey does not have three parts")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 || raw[0] != cosignatureV1 {
		return nil, errors.New("the witness's vkey is not of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("the witness's vkey has another key ID")
	}
	return &cosigner{parts[0], hash, raw[1:]}, nil
}

// log is a tree in memory in sumdb's stored order; histories share their first ten leaves.
type log struct {
	signer  note.Signer
	history string
	size    int64
	hashes  []tlog.Hash
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = l.hashes[index]
	}
	return found, nil
}

func (l *log) growTo(size int64) error {
	for l.size < size {
		leaf := fmt.Sprintf("leaf %d", l.size)
		if l.size >= 10 {
			leaf += l.history
		}
		hashes, err := tlog.StoredHashes(l.size, []byte(leaf), l)
		if err != nil {
			return err
		}
		l.hashes = append(l.hashes, hashes...)
		l.size++
	}
	return nil
}

func (l *log) checkpoint(size int64) ([]byte, error) {
	if err := l.growTo(size); err != nil {
		return nil, err
	}
	root := tlog.Hash(sha256.Sum256(nil))
	if size > 0 {
		var err error
		if root, err = tlog.TreeHash(size, l); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.signer.Name(), size, root)
	return note.Sign(&note.Note{Text: text}, l.signer)
}

func (l *log) request(oldSize, size int64) ([]byte, []byte, error) {
	signed, err := l.checkpoint(size)
	if err != nil {
		return nil, nil, err
	}
	body := fmt.Sprintf("old %d\n", oldSize)
	if oldSize > 0 && oldSize < size {
		proof, err := tlog.ProveTree(size, oldSize, l)
		if err != nil {
			return nil, nil, err
		}
		for _, hash := range proof {
			body += hash.String() + "\n"
		}
	}
	return append([]byte(body+"\n"), signed...), signed, nil
}

type answer struct {
	status int
	kind   string
	body   []byte
}

func post(url string, body []byte) (answer, error) {
	response, err := http.Post(url+"/add-checkpoint", "text/plain", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Content-Type"), read}, err
}

// step is one request and what it must bring.
type step struct {
	log           *log
	oldSize, size int64
	status        int
	conflict      string
}

func run(url, witnessKey, logKey string) error {
	witness, err := parseCosigner(witnessKey)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(logKey)
	if err != nil {
		return err
	}
	honest := &log{signer: signer}
	forked := &log{signer: signer, history: " of another history"}
	steps := []step{
		{honest, 0, 1, 200, ""}, {honest, 1, 1, 200, ""}, {honest, 1, 7, 200, ""},
		{honest, 0, 9, 409, "7\n"}, {honest, 3, 9, 409, "7\n"}, {honest, 7, 20, 200, ""},
		{forked, 20, 20, 422, ""}, {forked, 20, 30, 422, ""}, {honest, 20, 15, 400, ""},
		{honest, 15, 15, 409, "20\n"}, {honest, 20, 257, 200, ""}, {honest, 257, 700, 200, ""},
	}
	for _, s := range steps {
		if err := s.take(url, witness); err != nil {
			return fmt.Errorf("from %d to %d: %w", s.oldSize, s.size, err)
		}
	}
	fmt.Printf("steps: %d answered as the protocol says\n", len(steps))
	return nil
}

func (s step) take(url string, witness note.Verifier) error {
	body, signed, err := s.log.request(s.oldSize, s.size)
	if err != nil {
		return err
	}
	got, err := post(url, body)
	if err != nil {
		return err
	}
	if got.status != s.status {
		return fmt.Errorf("%d, not %d: %s", got.status, s.status, got.body)
	}
	if s.status == 409 && (got.kind != "text/x.tlog.size" || string(got.body) != s.conflict) {
		return fmt.Errorf("a conflict as %s with %q", got.kind, got.body)
	}
	if s.status != 200 {
		return nil
	}
	opened, err := note.Open(append(signed, got.body...), note.VerifierList(witness))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != 1 {
		return fmt.Errorf("%d cosignatures", len(opened.Sigs))
	}
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: witness URL WITNESS-VKEY LOG-SKEY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

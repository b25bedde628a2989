package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

type noteVerifier = note.Verifier

// log is a whole log in memory: the hash of every complete subtree, in sumdb's stored order.
type log struct {
	size   int64
	hashes []tlog.Hash
}

func openHead(dir string) (tlog.Tree, noteVerifier, error) {
	vkey, err := readFrom(dir, "vkey")
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(vkey), "\n"))
	if err != nil {
		return tlog.Tree{}, nil, fmt.Errorf("vkey: %w", err)
	}
	message, err := readFrom(dir, "checkpoint")
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	head, err := openCheckpoint(message, verifier)
	return head, verifier, err
}

func openCheckpoint(message []byte, verifier noteVerifier) (tlog.Tree, error) {
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	// sumdb's ParseTree wants the go.sum database's own origin line, so the three lines are read here.
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint: its origin is not %s", verifier.Name())
	}
	size, err := parseNumber(lines[1])
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

func readLog(dir string, size int64) (*log, error) {
	l := &log{}
	for index := int64(0); index*tileWidth < size; index++ {
		path := tilePath("entries", index, width(size, index))
		bundle, err := readFrom(dir, path)
		if err != nil {
			return nil, err
		}
		if err := l.appendBundle(bundle, width(size, index)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return l, nil
}

func (l *log) appendBundle(bundle []byte, entries int64) error {
	for ; entries > 0; entries-- {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return fmt.Errorf("%d entries are missing", entries)
		}
		end := 2 + int(binary.BigEndian.Uint16(bundle))
		hashes, err := tlog.StoredHashes(l.size, bundle[2:end], l)
		if err != nil {
			return err
		}
		l.hashes = append(l.hashes, hashes...)
		l.size++
		bundle = bundle[end:]
	}
	if len(bundle) != 0 {
		return fmt.Errorf("%d bytes left over", len(bundle))
	}
	return nil
}

// ReadHashes makes log a tlog.HashReader.
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(l.hashes)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		hashes[i] = l.hashes[index]
	}
	return hashes, nil
}

// root is RFC 6962's: this version's TreeHash gives zeroes for the empty tree.
func (l *log) root(size int64) (tlog.Hash, error) {
	if size == 0 {
		return tlog.Hash(sha256.Sum256(nil)), nil
	}
	if size > l.size {
		return tlog.Hash{}, fmt.Errorf("a tree of %d is larger than the log", size)
	}
	return tlog.TreeHash(size, l)
}

func (l *log) checkRoot(head tlog.Tree) error {
	root, err := l.root(head.N)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return fmt.Errorf("entries: their root is %v, the checkpoint's is %v", root, head.Hash)
	}
	return nil
}

// checkTiles compares every hash tile with the entries, then reads all leaf hashes once more through
// x/mod's own tile reader, which authenticates each tile against the checkpoint.
func (l *log) checkTiles(dir string, head tlog.Tree) (int, error) {
	count := 0
	for level, hashes := 0, head.N; hashes > 0; level, hashes = level+1, hashes>>tileHeight {
		for index := int64(0); index*tileWidth < hashes; index++ {
			tile := tlog.Tile{H: tileHeight, L: level, N: index, W: int(width(hashes, index))}
			if err := l.checkTile(dir, tile); err != nil {
				return 0, err
			}
			count++
		}
	}
	if head.N == 0 {
		return count, nil
	}
	leaves := make([]int64, head.N)
	for i := range leaves {
		leaves[i] = tlog.StoredHashIndex(0, int64(i))
	}
	_, err := tlog.TileHashReader(head, tileFolder(dir)).ReadHashes(leaves)
	return count, err
}

func (l *log) checkTile(dir string, tile tlog.Tile) error {
	want, err := tlog.ReadTileData(tile, l)
	if err != nil {
		return err
	}
	have, err := tileFolder(dir).read(tile)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("%s: not what the entries give", tilePathOf(tile))
	}
	return nil
}

// tileFolder is a tlog.TileReader over C2SP's paths.
type tileFolder string

func (f tileFolder) Height() int { return tileHeight }

func (f tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		content, err := f.read(tile)
		if err != nil {
			return nil, err
		}
		data[i] = content
	}
	return data, nil
}

func (f tileFolder) read(tile tlog.Tile) ([]byte, error) {
	return readFrom(string(f), tilePathOf(tile))
}

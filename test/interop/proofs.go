package main

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

type proofChecker func(log *log, name string, text []byte, verifier noteVerifier) error

var proofCheckers = map[string]proofChecker{
	".tlog-proof":  checkInclusion,
	".consistency": checkConsistency,
}

// checkInclusion judges a C2SP tlog-proof: the log's own entry at the index it states must be
// proven to be in the tree of the checkpoint that it carries.
func checkInclusion(log *log, _ string, text []byte, verifier noteVerifier) error {
	head, checkpoint, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("no index line")
	}
	index, err := parseNumber(strings.TrimPrefix(lines[0], "index "))
	if err != nil {
		return err
	}
	proof, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	tree, err := openCheckpoint([]byte(checkpoint), verifier)
	if err != nil {
		return err
	}
	return log.checkRecord(proof, tree, index)
}

func (l *log) checkRecord(proof tlog.RecordProof, tree tlog.Tree, index int64) error {
	if err := l.checkRoot(tree); err != nil {
		return err
	}
	if index >= tree.N {
		return fmt.Errorf("index %d is not in a tree of %d", index, tree.N)
	}
	leaf := l.hashes[tlog.StoredHashIndex(0, index)]
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf)
}

func checkConsistency(log *log, name string, text []byte, _ noteVerifier) error {
	oldText, newText, _ := strings.Cut(strings.TrimSuffix(name, ".consistency"), "-")
	oldSize, err := parseNumber(oldText)
	if err != nil {
		return err
	}
	newSize, err := parseNumber(newText)
	if err != nil {
		return err
	}
	proof, err := parseHashes(linesOf(string(text)))
	if err != nil {
		return err
	}
	oldRoot, err := log.root(oldSize)
	if err != nil {
		return err
	}
	newRoot, err := log.root(newSize)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newSize, newRoot, oldSize, oldRoot)
}

func linesOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, fmt.Errorf("hash %d: %w", i, err)
		}
		hashes[i] = hash
	}
	return hashes, nil
}

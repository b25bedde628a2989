package main

import (
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// tilePath is C2SP's: sumdb's own paths carry the tile height as well and say data for entries.
func tilePath(level string, index, width int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if width < tileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + path
}

func tilePathOf(tile tlog.Tile) string {
	return tilePath(strconv.Itoa(tile.L), tile.N, int64(tile.W))
}

// width is how many of a level's hashes stand in the tile of that index.
func width(hashes, index int64) int64 {
	rest := hashes - index*tileWidth
	if rest > tileWidth {
		return tileWidth
	}
	return rest
}

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is not a number without leading zeroes", text)
	}
	return n, nil
}

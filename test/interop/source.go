package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

const year = "max-age=31536000, immutable"

// readFrom reads a file of the log from a folder or a server. A server must say of what kind each is
// and for how long it holds: that is part of being a tiled log.
func readFrom(source, path string) ([]byte, error) {
	if !strings.HasPrefix(source, "http://") {
		return os.ReadFile(filepath.Join(source, path))
	}
	if path == "vkey" {
		return []byte(os.Getenv("WRIT_VKEY")), nil
	}
	request, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(source, "/")+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "tile/entries/") {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("WRIT_AUDITOR_KEY"))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	kind, cache := "application/octet-stream", year
	if path == "checkpoint" {
		kind, cache = "text/plain; charset=utf-8", "no-cache"
	}
	if got := response.Header.Get("Content-Type"); got != kind {
		return nil, fmt.Errorf("%s: its content type is %q", path, got)
	}
	if got := response.Header.Get("Cache-Control"); !strings.HasSuffix(got, cache) {
		return nil, fmt.Errorf("%s: its cache rule is %q", path, got)
	}
	return body, nil
}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// withholding is an Immuta whose answers lack a field.
type withholding struct {
	url   string
	field atomic.Value // its name
}

func (w *withholding) withhold(field string) { w.field.Store(field) }

// newWithholding stands in front of another Immuta.
func newWithholding(t *testing.T, behind string) *withholding {
	t.Helper()
	target, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	w := &withholding{}
	w.withhold("")
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		ModifyResponse: w.modify,
	})
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *withholding) modify(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Data struct {
			List []map[string]any `json:"getAllExportConfigurations"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &answer) == nil && len(answer.Data.List) > 0 {
		for _, item := range answer.Data.List {
			leaveOut(item, w.field.Load().(string))
		}
		if body, err = json.Marshal(answer); err != nil {
			return err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// leaveOut takes a field out of an answer, by whatever alias was asked for it.
func leaveOut(item map[string]any, field string) {
	for name, value := range item {
		if inner, ok := value.(map[string]any); ok {
			leaveOut(inner, field)
		}
		if field != "" && (name == field || strings.HasSuffix(name, "_"+field)) {
			delete(item, name)
		}
	}
}

package transport

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
)

func TestEveryQueryIsSent(t *testing.T) {
	queries := []string{query.TypeQuery}
	for _, step := range query.Steps() {
		queries = append(queries, step.Query())
	}
	for _, text := range queries {
		body, _ := json.Marshal(map[string]string{"query": text})
		if !onlyQueries(body) {
			t.Errorf("refused: %s", text)
		}
		for _, name := range []string{"accessKeyId", "secret", "sasToken"} {
			if bytes.Contains(body, []byte(name)) {
				t.Errorf("asks for %s: %s", name, text)
			}
		}
	}
}

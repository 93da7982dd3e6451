package document_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

// constants returns the values of every constant of type Kind in the package.
func constants(t *testing.T) []document.Kind {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []document.Kind
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Kind" && len(spec.Values) == 1 {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				kinds = append(kinds, document.Kind(value))
			}
			return true
		})
	}
	slices.Sort(kinds)
	return kinds
}

func TestEveryKindHasARow(t *testing.T) {
	kinds := document.Kinds()
	slices.Sort(kinds)
	if declared := constants(t); !slices.Equal(declared, kinds) {
		t.Errorf("declared are\n%q, the table has\n%q", declared, kinds)
	}
	nouns, files := map[string]document.Kind{}, map[string]document.Kind{}
	for _, k := range kinds {
		noun, file := k.Noun(), k.File()
		if other, taken := nouns[noun]; taken {
			t.Errorf("%s and %s are both called %q", k, other, noun)
		}
		nouns[noun] = k
		if file == "" && k != document.KindConfiguration {
			t.Errorf("%s has no file", k)
		}
		// Documents of one subject share a folder. A single policy has a file
		// of its own below the one that lists them.
		place := strconv.Itoa(int(k.Subject())) + "/" + file
		if other, taken := files[place]; taken && k != document.KindIdentityPolicy && other != document.KindIdentityPolicies && k.Subject() != document.SubjectTenant {
			t.Errorf("%s and %s are both kept in %q", k, other, file)
		}
		files[place] = k
		if k.Subject() == 0 {
			t.Errorf("%s has no subject", k)
		}
		if k.Volatile() && k.Aspect() != document.AspectNone && k != document.KindAccessKeys {
			t.Errorf("%s moves by itself and is compared", k)
		}
		if _, policy := k.Policy(); policy && k.Aspect() != document.AspectAccess {
			t.Errorf("%s is a policy and says nothing about access", k)
		}
	}
}

// TestComparedIsWithoutWhatMoves: that a key was used is no change of it.
func TestComparedIsWithoutWhatMoves(t *testing.T) {
	used := `{"AccessKeyMetadata":[{"AccessKeyId":"…KEY0","Status":"Active","CreateDate":"2026-01-01T00:00:00Z","LastUsedDate":"2026-11-20T09:00:00Z"}]}`
	for _, tt := range []struct {
		kind       document.Kind
		text, want string
	}{
		{document.KindAccessKeys, used, `{"AccessKeyMetadata":[{"AccessKeyId":"…KEY0","Status":"Active"}]}`},
		{document.KindAccessKeys, "<html>", "<html>"},
		{document.KindDelivery, used, used},
	} {
		if got := tt.kind.Compared(tt.text); got != tt.want {
			t.Errorf("%s is compared by %s, want %s", tt.kind, got, tt.want)
		}
	}
}

func TestKindsOfLaterVersions(t *testing.T) {
	k := document.Kind("of_a_later_version")
	if _, policy := k.Policy(); policy || k.OfIdentity() || k.Volatile() || k.File() != "" || k.Aspect() != document.AspectNone {
		t.Error("something is known of a kind that nobody knows")
	}
	if noun := k.Noun(); strings.Contains(noun, "_") {
		t.Errorf("it is called %q", noun)
	}
}

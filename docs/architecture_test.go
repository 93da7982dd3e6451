// Package docs holds the tree to what architecture.md says of it.
package docs

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The limits of architecture.md, in lines of Go that is no test.
const (
	longestFile     = 310
	longestFunction = 55
	largestPackage  = 4500
	medianPackage   = 900 // the median is below
)

// source is a file of Go that is no test and that people write.
type source struct {
	path string // below the root of the tree
	text []byte
}

// sources lists the tree's own files, those of fixtures included.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(entry.Name(), ".") && name != "."
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (hidden || entry.Name() == "testdata" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir(), path.Ext(name) != ".go", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err == nil && !regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`).Match(text) {
			list = append(list, source{name, text})
		}
		return err
	})
	if err != nil || len(list) < 500 {
		t.Fatalf("found %d files: %v", len(list), err)
	}
	return list
}

// A file is short enough to be read, and a function to be seen at once.
func TestFilesAndFunctionsAreShort(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > longestFile {
			t.Errorf("%s has %d lines, more than %d: it wants to be two", s.path, n, longestFile)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, s.path, s.text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; n > longestFunction {
				t.Errorf("%s: %s has %d lines, more than %d", set.Position(f.Pos()), f.Name.Name, n, longestFunction)
			}
		}
	}
}

// A package is small enough to be known.
func TestPackagesAreSmall(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	for _, s := range sources(t) {
		lines[path.Dir(s.path)] += bytes.Count(s.text, []byte("\n"))
	}
	var sizes []int
	for name, n := range lines {
		if sizes = append(sizes, n); n > largestPackage {
			t.Errorf("%s has %d lines, more than %d: give a part of it a package below it", name, n, largestPackage)
		}
	}
	slices.Sort(sizes)
	if median := sizes[len(sizes)/2]; median >= medianPackage {
		t.Errorf("the median package has %d lines, not below %d", median, medianPackage)
	}
}

// Whatever architecture.md calls by a path is there.
func TestArchitectureNamesWhatExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:cmd|docs|fixtures|policies|reporters|scanner)(?:/[^` ]*)?)`").FindAllSubmatch(text, -1)
	if len(named) < 50 {
		t.Errorf("only %d paths are named", len(named))
	}
	for _, m := range named {
		if _, err := os.Stat("../" + string(m[1])); err != nil {
			t.Errorf("architecture.md names %s: %v", m[1], err)
		}
	}
}

package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/plaintext"
)

// ShippedRoot is the root package of the rules that come with the program. No
// user's rule may be in it.
const ShippedRoot = "trailguard"

// LibPackage is the package below a root that holds helpers instead of rules.
const LibPackage = "lib"

// ShippedName stands for the folder of the shipped rules in messages.
const ShippedName = "policies"

// source is the text of one file of rules.
type source struct {
	file    string // as it is shown
	text    []byte
	shipped bool
	// folder is which of the user's it lies in, from 1; name is its path in there.
	folder int
	name   string
}

// module is a parsed source.
type module struct {
	source
	ast  *ast.Module
	path []string // of the package, without "data"
}

// lib says that the module holds helpers, not a rule.
func (m *module) lib() bool { return len(m.path) > 1 && m.path[1] == LibPackage }

// readSources reads all rules, but not their tests.
func readSources(shipped fs.FS, dirs []string) ([]source, error) {
	sources, err := readTree(shipped, ShippedName, false)
	if err != nil {
		return nil, err
	}
	for i := range sources {
		sources[i].shipped = true
	}
	seen := map[string]bool{}
	for i, dir := range dirs {
		clean := filepath.Clean(dir)
		if seen[clean] {
			return nil, fmt.Errorf("%s: this folder of rules is given twice", dir)
		}
		seen[clean] = true
		own, err := readTree(os.DirFS(clean), filepath.ToSlash(clean), false)
		if err != nil {
			return nil, err
		}
		for j := range own {
			own[j].folder = i + 1
		}
		sources = append(sources, own...)
	}
	return sources, nil
}

// readTree reads the Rego files below a folder: the rules, or with tests the
// tests as well. A folder without any is an error.
func readTree(tree fs.FS, name string, tests bool) ([]source, error) {
	var sources []source
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
				err = pathErr.Err
			}
			return fmt.Errorf("read rules from %s: %w", path.Join(name, file), err)
		case entry.IsDir() || path.Ext(file) != ".rego":
			return nil
		case !tests && strings.HasSuffix(file, "_test.rego"):
			return nil
		}
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			return fmt.Errorf("read rules: %w", err)
		}
		if text, err = plaintext.Decode(text); err != nil {
			return fmt.Errorf("%s: %w", path.Join(name, file), err)
		}
		sources = append(sources, source{file: path.Join(name, file), text: text, name: file})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(sources) == 0 {
		return nil, fmt.Errorf("%s: there is no rule in this folder: a rule is a .rego file with METADATA and deny", name)
	}
	return sources, nil
}

// parse reads the sources' syntax and METADATA.
func parse(sources []source, p *problems) []module {
	modules := make([]module, 0, len(sources))
	for _, s := range sources {
		parsed, err := ast.ParseModuleWithOpts(s.file, string(s.text), ast.ParserOptions{
			ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities(),
		})
		var errs ast.Errors
		switch {
		case errors.As(err, &errs):
			for _, e := range errs {
				p.at(e.Location, "%s", e.Message)
			}
			continue
		case err != nil:
			p.add(s.file, 0, "%v", err)
			continue
		case parsed == nil:
			p.add(s.file, 0, "the file is empty")
			continue
		}
		modules = append(modules, module{source: s, ast: parsed, path: packagePath(parsed)})
	}
	return modules
}

// packagePath returns the names of a module's package without "data".
func packagePath(m *ast.Module) []string {
	names := make([]string, 0, len(m.Package.Path))
	for _, term := range m.Package.Path[1:] {
		name, _ := term.Value.(ast.String)
		names = append(names, string(name))
	}
	return names
}

// digest is the SHA-256 over packages and texts, in an order that does not
// depend on folders.
func digest(modules []module) string {
	sums := make([]string, 0, len(modules))
	for _, m := range modules {
		text := sha256.Sum256(m.text)
		sums = append(sums, strings.Join(m.path, ".")+" "+hex.EncodeToString(text[:]))
	}
	slices.Sort(sums)
	sum := sha256.Sum256([]byte(strings.Join(sums, "\n")))
	return hex.EncodeToString(sum[:])
}

package planned

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/trailguard/trailguard/scanner/plaintext"
)

// source finds where the resources of a plan stand in the configuration that it was
// made of.
type source struct {
	root    string            // the folder of the root module
	shown   string            // how files in it are named
	modules map[string]string // folders by module, as `terraform init` wrote them down
	read    map[string]*blocks
}

// blocks are what the files of one folder declare.
type blocks struct {
	resources map[string]spot   // by type and name
	modules   map[string]string // their sources by name
}

// spot is where a block begins. The file is relative to the root module.
type spot struct {
	file string
	line int
}

// newSource opens the folder of a root module.
func newSource(root string) (*source, error) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("--source %s: name the folder that `terraform plan` ran in", root), err)
	}
	s := &source{root: root, modules: map[string]string{}, read: map[string]*blocks{}}
	if !filepath.IsAbs(root) { // where the reader is, too
		s.shown = filepath.ToSlash(root)
	}
	var manifest struct {
		Modules []struct{ Key, Dir string }
	}
	text, err := plaintext.ReadFile(filepath.Join(root, ".terraform", "modules", "modules.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist): // there are none, or nobody ran init here
	case err != nil:
		return nil, err
	case json.Unmarshal(text, &manifest) == nil: // of an unknown form, it is of no help
		for _, m := range manifest.Modules {
			s.modules[m.Key] = filepath.ToSlash(m.Dir)
		}
	}
	return s, nil
}

// find returns where a resource stands; nothing: it is not declared here.
func (s *source) find(address string) (spot, error) {
	traversal, diagnostics := hclsyntax.ParseTraversalAbs([]byte(address), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return spot{}, nil // of a form that is not known here
	}
	var names []string
	for _, step := range traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, step.Name)
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		default: // count and for_each share their block
		}
	}
	dir, key := ".", ""
	for len(names) > 2 && names[0] == "module" {
		key = strings.TrimPrefix(key+"."+names[1], ".")
		next, known := s.modules[key]
		if !known {
			b, err := s.blocks(dir)
			if err != nil {
				return spot{}, err
			}
			local := b.modules[names[1]]
			if !strings.HasPrefix(local, "./") && !strings.HasPrefix(local, "../") {
				return spot{}, nil // it was fetched from somewhere
			}
			next = path.Join(dir, local)
		}
		dir, names = next, names[2:]
	}
	if len(names) != 2 {
		return spot{}, nil
	}
	b, err := s.blocks(dir)
	if err != nil {
		return spot{}, err
	}
	at := b.resources[names[0]+"."+names[1]]
	if at.file != "" {
		at.file = path.Join(s.shown, at.file)
	}
	return at, nil
}

var declared = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "module", LabelNames: []string{"name"}},
}}

// blocks reads the files of a folder, which is relative to the root module. What
// overrides a block stands elsewhere.
func (s *source) blocks(dir string) (*blocks, error) {
	if b := s.read[dir]; b != nil {
		return b, nil
	}
	b := &blocks{resources: map[string]spot{}, modules: map[string]string{}}
	s.read[dir] = b
	folder := filepath.Join(s.root, filepath.FromSlash(dir))
	if filepath.IsAbs(dir) {
		folder = dir
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && (strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json")) {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(x, y string) int { return overrides(x) - overrides(y) })
	parser := hclparse.NewParser()
	for _, name := range names {
		text, err := plaintext.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		parse := parser.ParseHCL
		if strings.HasSuffix(name, ".json") {
			parse = parser.ParseJSON
		}
		file, diagnostics := parse(text, filepath.Join(folder, name))
		if diagnostics.HasErrors() {
			return nil, fmt.Errorf("--source: %w", diagnostics)
		}
		b.add(file, path.Join(dir, name))
	}
	return b, nil
}

func overrides(name string) int {
	base, _, _ := strings.Cut(name, ".tf")
	if base == "override" || strings.HasSuffix(base, "_override") {
		return 1
	}
	return 0
}

func (b *blocks) add(file *hcl.File, name string) {
	content, _, _ := file.Body.PartialContent(declared) // what is of another form declares nothing here
	if content == nil {
		return
	}
	for _, block := range content.Blocks {
		if block.Type == "resource" {
			of := block.Labels[0] + "." + block.Labels[1]
			if _, there := b.resources[of]; !there {
				b.resources[of] = spot{name, block.DefRange.Start.Line}
			}
			continue
		}
		attributes, _ := block.Body.JustAttributes()
		if a := attributes["source"]; a != nil {
			if value, diagnostics := a.Expr.Value(nil); !diagnostics.HasErrors() && value.Type().FriendlyName() == "string" && value.IsKnown() && !value.IsNull() {
				b.modules[block.Labels[0]] = value.AsString()
			}
		}
	}
}

package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/trailguard/trailguard/scanner/plaintext"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// DefaultName is the file that is read when none is named.
const DefaultName = "trailguard.yaml"

// OtherName is read where there is no file of the default name.
const OtherName = "trailguard.yml"

// ErrNotFound says that no configuration file was named and none is here.
var ErrNotFound = errors.New("no configuration")

// Load reads and checks a configuration file. The error names every problem of
// its content, each with its line.
func Load(path string) (*Config, error) {
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(filepath.ToSlash(path), text)
	if err != nil {
		return nil, err
	}
	c.Path = path
	c.Waivers, c.Attestations = c.relative(c.Waivers), c.relative(c.Attestations)
	for i := range c.Tenants {
		t := &c.Tenants[i]
		t.CABundle = c.relative(t.CABundle)
		t.APIKey = c.reference(t.APIKey)
		if t.AWS != nil {
			t.AWS.CABundle = c.relative(t.AWS.CABundle)
		}
	}
	c.AWS.CABundle = c.relative(c.AWS.CABundle)
	c.Publish.CABundle = c.relative(c.Publish.CABundle)
	c.Serve.Reports = c.relative(c.Serve.Reports)
	c.Serve.Token = c.reference(c.Serve.Token)
	for _, d := range c.Publish.destinations() {
		for _, s := range d.secrets {
			*s.ref = c.reference(*s.ref)
		}
	}
	for i, dir := range c.Rules {
		c.Rules[i] = c.relative(dir)
	}
	if c.History != "none" && !strings.Contains(c.History, "://") {
		c.History = c.relative(c.History)
	}
	return c, nil
}

// relative resolves a path of the configuration against the folder of its file.
func (c *Config) relative(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}

// reference resolves the path of a reference to a secret, file:PATH, like one.
func (c *Config) reference(to string) string {
	if file, ok := strings.CutPrefix(to, "file:"); ok {
		return "file:" + c.relative(file)
	}
	return to
}

// Parse reads and checks the text of a configuration. Its errors call the file
// by name.
func Parse(name string, text []byte) (*Config, error) {
	c := &Config{}
	tree, problems := yamlfile.Parse(text)
	if len(problems) == 0 {
		problems = yamlfile.Bind(tree, c)
	}
	if len(problems) == 0 {
		problems = c.problems(tree)
	}
	if len(problems) == 0 {
		return c, nil
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.In(name)
	}
	return nil, errors.New(strings.Join(lines, "\n"))
}

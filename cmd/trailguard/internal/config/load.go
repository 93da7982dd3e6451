package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// DefaultName is the file that is read when none is named.
const DefaultName = "trailguard.yaml"

// ErrNotFound says that no configuration file was named and none is here.
var ErrNotFound = errors.New("no configuration")

// Load reads and checks a configuration file. Every problem of its content is
// named with its line.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(filepath.ToSlash(path), text)
	if err != nil {
		return nil, err
	}
	c.Path = path
	c.Waivers = c.relative(c.Waivers)
	for i := range c.Tenants {
		t := &c.Tenants[i]
		t.CABundle = c.relative(t.CABundle)
		if file, ok := strings.CutPrefix(t.APIKey, "file:"); ok {
			t.APIKey = "file:" + c.relative(file)
		}
		if t.AWS != nil {
			t.AWS.CABundle = c.relative(t.AWS.CABundle)
		}
	}
	c.AWS.CABundle = c.relative(c.AWS.CABundle)
	for i, dir := range c.Rules {
		c.Rules[i] = c.relative(dir)
	}
	if c.History != "none" && !strings.Contains(c.History, "://") {
		c.History = c.relative(c.History)
	}
	return c, nil
}

// relative resolves a path in the file against the file's own folder.
func (c *Config) relative(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}

// Parse reads and checks the text of a configuration. The name is for
// messages.
func Parse(name string, text []byte) (*Config, error) {
	c := &Config{}
	if err := decode(text, c); err != nil {
		return nil, explain(name, err)
	}
	if problems := c.problems(newLines(text)); len(problems) > 0 {
		for i, p := range problems {
			problems[i] = name + ":" + p
		}
		return nil, errors.New(strings.Join(problems, "\n"))
	}
	return c, nil
}

// decode reads YAML strictly. The library panics on some malformed texts, such
// as a tag without a value: that is an error like any other.
func decode(text []byte, c *Config) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not valid YAML: look for a key whose value is missing or only a tag")
		}
	}()
	err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(c)
	if errors.Is(err, io.EOF) { // an empty file
		return nil
	}
	return err
}

// explain turns the decoder's error into one line that names the place, and
// the nearest known key where a key is unknown. It never quotes the source:
// somebody may have pasted a secret there.
func explain(name string, err error) error {
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) && unknown.Token != nil {
		key := unknown.Token.Value
		msg := fmt.Sprintf("%s:%d: unknown key %q", name, unknown.Token.Position.Line, key)
		if near := nearest.Name(key, knownKeys()); near != "" {
			msg += fmt.Sprintf("; did you mean %q?", near)
		}
		return errors.New(msg)
	}
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		return fmt.Errorf("%s:%d: %s", name, located.GetToken().Position.Line, located.GetMessage())
	}
	return fmt.Errorf("%s: %s", name, firstLine(err.Error()))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// knownKeys lists every key of the configuration, sorted.
func knownKeys() []string {
	var keys []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if key := t.Field(i).Tag.Get("yaml"); key != "" && key != "-" {
					keys = append(keys, key)
					walk(t.Field(i).Type)
				}
			}
		default:
		}
	}
	walk(reflect.TypeFor[Config]())
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Package cli is what the commands share of the command line: values that are
// one of a few, suggestions for what was misspelt, completion, and flags from
// the environment. It knows no command.
package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

// Choice is the value of a flag that is one of a few words, in small letters or
// large.
type Choice struct {
	Value string
	Given bool // somebody chose it
	what  string
	of    []string
}

// Register adds the flag. What it is called in messages is such as "format".
func (c *Choice) Register(flags *pflag.FlagSet, name, value, usage, what string, of ...string) {
	c.Value, c.what, c.of = value, what, of
	flags.Var(c, name, usage)
}

// Set implements pflag.Value.
func (c *Choice) Set(text string) error {
	word, err := OneOf(c.what, text, c.of)
	if err != nil {
		return err
	}
	c.Value, c.Given = word, true
	return nil
}

// Early chooses what the command line will choose once it is read: what is wrong
// with it is said in that way already. What is no choice is left for then.
func (c *Choice) Early(name string, args []string, lookup func(string) (string, bool)) {
	word, _ := lookup(prefix + variable(name))
	words := []string{word}
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	for i, arg := range args {
		switch value, joined := strings.CutPrefix(arg, "--"+name+"="); {
		case joined:
			words = append(words, value)
		case arg == "--"+name && i+1 < len(args):
			words = append(words, args[i+1])
		}
	}
	for _, word := range words {
		if choice, err := OneOf(c.what, word, c.of); err == nil {
			c.Value = choice
		}
	}
}

// String implements pflag.Value.
func (c *Choice) String() string { return c.Value }

// Type implements pflag.Value.
func (c *Choice) Type() string { return "string" }

// OneOf returns the word of a list that a text is but for the size of letters.
func OneOf(what, text string, of []string) (string, error) {
	at := slices.IndexFunc(of, func(word string) bool { return strings.EqualFold(word, text) })
	if at < 0 {
		return "", fmt.Errorf("unknown %s %q: use %s%s", what, text, among(of), pick.Suggest(text, of))
	}
	return of[at], nil
}

// among lists words that one may choose from.
func among(of []string) string {
	if len(of) > 3 {
		return "one of " + strings.Join(of, ", ")
	}
	last := len(of) - 1
	return strings.Join(of[:last], ", ") + " or " + of[last]
}

// most bounds what is done at once.
const most = 1000

// Count is the value of a flag that says how much is done at once. Nobody said
// where it is 0.
type Count int

// Set implements pflag.Value.
func (c *Count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("%q is not a number: use one from 1 to %d", text, most)
	}
	if n < 1 || n > most {
		return fmt.Errorf("use a number from 1 to %d", most)
	}
	*c = Count(n)
	return nil
}

// String implements pflag.Value.
func (c *Count) String() string {
	if *c == 0 {
		return ""
	}
	return strconv.Itoa(int(*c))
}

// Type implements pflag.Value.
func (c *Count) Type() string { return "int" }

// Package cli holds what all commands share of the command line: arguments and
// flags, suggestions for misspelt names, shell completion, flags set from the
// environment, JSON, and how a command ends. It knows no particular command.
package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
)

// Choice is the value of a flag that takes one of a few words, in either case.
type Choice struct {
	Value string
	Given bool // set by the command line or the environment, not the default
	what  string
	of    []string
}

// Register adds the flag to a set. Messages call its value by what, such as
// "format".
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

// Early sets the value before the command line is parsed, so that an error in
// parsing is already reported in the chosen way. A word that is not among the
// choices is ignored here: parsing refuses it later.
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

// OneOf returns the word of a list that equals a text, whatever its case. The
// error lists the words and proposes the nearest.
func OneOf(what, text string, of []string) (string, error) {
	at := slices.IndexFunc(of, func(word string) bool { return strings.EqualFold(word, text) })
	if at < 0 {
		return "", fmt.Errorf("unknown %s %q: use %s%s", what, text, among(of), pick.Suggest(text, of))
	}
	return of[at], nil
}

// among lists words to choose from.
func among(of []string) string {
	if len(of) > 3 {
		return "one of " + strings.Join(of, ", ")
	}
	last := len(of) - 1
	return strings.Join(of[:last], ", ") + " or " + of[last]
}

// most is the highest concurrency a flag accepts.
const most = 1000

// Count is the value of a flag that bounds how much is done at once, from 1 to
// 1000. 0 means that the flag was not given.
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

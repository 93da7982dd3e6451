package rules

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// withheld are the built-in functions that rules do not have. A dot at the end
// stands for a whole family. What they answer depends on something other than
// the input, or they reach out of the process. Functions that OPA itself marks
// as not deterministic are withheld too.
var withheld = []string{
	"http.send",
	"net.",
	"opa.runtime",
	"time.now_ns",
	"rand.",
	"uuid.",
	"bits.",
	"providers.aws.",
	"rego.parse_module",
	// These two compare with the time of day unless they are told not to.
	"io.jwt.decode_verify",
	"crypto.x509.",
}

// capabilities are those of this OPA without what is withheld, and without the
// network for schemas.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.ContainsFunc(withheld, func(name string) bool {
			return b.Name == name || (strings.HasSuffix(name, ".") && strings.HasPrefix(b.Name, name))
		})
	})
	c.AllowNet = []string{}
	return c
}

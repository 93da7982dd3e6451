package rules

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// withheld are the built-in functions, and the families of them (with a dot at
// the end), that rules do not have: their answers depend on something other
// than the input, or reach out of the process. OPA's own mark for functions
// that are not deterministic is honoured besides.
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

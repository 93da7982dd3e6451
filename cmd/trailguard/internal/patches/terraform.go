package patches

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Terraform writes each document as a resource of the provider hashicorp/aws that holds
// the whole new text, with the block that takes over what is there.
func (r *Report) Terraform(w io.Writer) error {
	if _, err := fmt.Fprint(w, `# Read it, then plan it: trailguard itself changes nothing.
# Where Terraform manages one of these already, change that resource instead, and leave
# the one below and its import out: two resources of one document undo each other.
# An import block needs Terraform 1.5 or later; take it out once it was applied.
# What belongs to another account needs a provider of that account.

`); err != nil {
		return err
	}
	for i := range r.Fixes {
		f := &r.Fixes[i]
		if err := f.heading(w, "# "); err != nil {
			return err
		}
		if err := r.resources(w, i); err != nil {
			return err
		}
	}
	return r.rest(w, "# ")
}

// resources writes those of one fix.
func (r *Report) resources(w io.Writer, i int) error {
	all := r.Fixes[i].Changes()
	for j := range all {
		c, name := &all[j], fmt.Sprintf("fix_%d", i+1)
		if len(all) > 1 {
			name += fmt.Sprintf("_%d", j+1)
		}
		if err := c.heading(w, "# ", j, len(all)); err != nil {
			return err
		}
		if r.again(i, c.Path) {
			continue // what comes later holds this change as well
		}
		c.Before = r.before(i, c)
		if _, err := fmt.Fprintf(w, "# It belongs to %s%s.\n%s\n", reporters.Visible(c.Resource), c.where(), c.blocks(name)); err != nil {
			return err
		}
	}
	return nil
}

// again says whether a later fix changes the same document, and comes on top.
func (r *Report) again(i int, path string) bool {
	return !r.Alternatives && slices.ContainsFunc(r.Fixes[i+1:], func(later Fix) bool { return later.of(path) != nil })
}

// before is a document as it is before any of the fixes.
func (r *Report) before(i int, c *Change) string {
	for k := range r.Fixes[:i] {
		if earlier := r.Fixes[k].of(c.Path); earlier != nil && !r.Alternatives {
			return earlier.Before
		}
	}
	return c.Before
}

// of is the change of a document; nil: it stays as it is.
func (f *Fix) of(path string) *Change {
	all := f.Changes()
	if at := slices.IndexFunc(all, func(c Change) bool { return c.Path == path }); at >= 0 {
		return &all[at]
	}
	return nil
}

// account is whose the document is; empty: it is not known.
func (c *Change) account() string {
	arn, _ := iam.ParseARN(c.Resource)
	if arn.Service == "s3" {
		return c.owner
	}
	return arn.Account
}

// where says which account and region the provider has to be of.
func (c *Change) where() string {
	arn, _ := iam.ParseARN(c.Resource)
	region := arn.Region
	if arn.Service == "s3" {
		region = c.region
	}
	where := ""
	if account := c.account(); account != "" {
		where += ", account " + reporters.Visible(account)
	}
	if region != "" {
		where += ", region " + reporters.Visible(region)
	}
	return where
}

// resource is a document as Terraform has it.
type resource struct {
	typ, id    string // id is by what it is imported
	attributes []attribute
	ignored    []string // attributes of which the snapshot holds nothing, and which stay as they are
}

// attribute is one of a resource, or a block in it.
type attribute struct {
	name  string
	value hclwrite.Tokens
	block []attribute
}

// blocks are the resource and its import.
func (c *Change) blocks(name string) string {
	r, ok := c.resource()
	if !ok {
		return "# There is no resource of Terraform that is this alone: set it where the key is defined (is_enabled, enable_key_rotation).\n"
	}
	file := hclwrite.NewEmptyFile()
	if c.Before != "" {
		block := file.Body().AppendNewBlock("import", nil).Body()
		block.SetAttributeTraversal("to", hcl.Traversal{hcl.TraverseRoot{Name: r.typ}, hcl.TraverseAttr{Name: name}})
		block.SetAttributeValue("id", cty.StringVal(r.id))
		file.Body().AppendNewline()
	}
	body := file.Body().AppendNewBlock("resource", []string{r.typ, name}).Body()
	writeBlock(body, r.attributes)
	if len(r.ignored) > 0 {
		var names []hclwrite.Tokens
		for _, name := range r.ignored {
			names = append(names, hclwrite.TokensForIdentifier(name))
		}
		body.AppendNewline()
		body.AppendNewBlock("lifecycle", nil).Body().SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(names))
	}
	return string(hclwrite.Format(file.Bytes()))
}

func writeBlock(body *hclwrite.Body, attributes []attribute) {
	for _, a := range attributes {
		if a.block != nil {
			writeBlock(body.AppendNewBlock(a.name, nil).Body(), a.block)
			continue
		}
		body.SetAttributeRaw(a.name, a.value)
	}
}

func text(name, value string) attribute {
	return attribute{name: name, value: hclwrite.TokensForValue(cty.StringVal(value))}
}

// resource is that of the document; false: there is none.
func (c *Change) resource() (resource, bool) {
	arn, _ := iam.ParseARN(c.Resource)
	kind, path, _ := strings.Cut(arn.Resource, "/")
	name := path[strings.LastIndexByte(path, '/')+1:]
	path = "/" + strings.TrimSuffix(path, name)
	switch c.Kind {
	case document.KindKey, document.KindKeyRotation:
		return resource{}, false
	case document.KindTrustPolicy:
		return resource{
			typ: "aws_iam_role", id: name, attributes: []attribute{text("name", name), text("path", path), c.policy("assume_role_policy")},
			ignored: []string{"description", "force_detach_policies", "max_session_duration", "permissions_boundary", "tags", "tags_all"},
		}, true
	case document.KindKeyPolicy:
		return resource{typ: "aws_kms_key_policy", id: name, attributes: []attribute{text("key_id", c.Resource), c.policy("policy")}}, true
	case document.KindIdentityPolicy:
		return c.identity(kind, name), true
	default:
		r := c.setting()
		r.id = arn.Resource
		r.attributes = append([]attribute{text("bucket", arn.Resource)}, r.attributes...)
		return r, true
	}
}

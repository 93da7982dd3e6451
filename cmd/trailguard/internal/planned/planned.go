// Package planned reads what the user of a plan says that will be.
package planned

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/terraform"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// maxPlan bounds a plan of Terraform, in bytes.
const maxPlan = 256 << 20

// standardInput is what messages call it.
const standardInput = "standard input"

// Input is a file that says what will be.
type Input struct {
	Path   string          // "-" is standard input
	policy *overlay.Change // a policy, without its text; nil: a plan, a template or a folder
}

// Change is a plan as `terraform show -json` prints it, a template of CloudFormation, or a
// folder of documents.
func Change(path string) Input { return Input{Path: path} }

// Plan is what will be.
type Plan struct {
	Changes []overlay.Change
	// Notes say what the files do not tell.
	Notes []string

	source *source // nil: where resources stand is not looked up
	home   *home   // nil: no template has asked for it yet
}

// Policy takes WHAT=FILE apart. Names of roles may hold an equals sign, so that the
// last one ends them.
func Policy(text string) (Input, error) {
	form, rest, _ := strings.Cut(text, ":")
	end := strings.LastIndex(rest, "=")
	if end < 1 || end == len(rest)-1 {
		return Input{}, errors.New("write WHAT=FILE, such as s3:BUCKET=policy.json")
	}
	what := rest[:end]
	change := &overlay.Change{Origin: text, Resource: what}
	switch form {
	case "s3":
		change.Kind = document.KindBucketPolicy
	case "trust":
		change.Kind = document.KindTrustPolicy
	case "key":
		change.Kind = document.KindKeyPolicy
	case "identity":
		slash := strings.LastIndex(what, "/")
		if slash < 1 || slash == end-1 || strings.Contains(what[1:], "arn:") {
			return Input{}, errors.New("write identity:ROLE/NAME=FILE with the name of an inline policy; a managed policy is planned with Terraform")
		}
		change.Kind, change.Resource, change.Name = document.KindIdentityPolicy, what[:slash], "inline/"+what[slash+1:]
	default:
		return Input{}, fmt.Errorf("use s3, trust, identity or key before the colon, not %q", form)
	}
	change.Is = overlay.Named(change.Resource)
	return Input{rest[end+1:], change}, nil
}

// Files are what a plan is read from.
type Files struct {
	Inputs []Input
	Stdin  io.Reader
	// Source is the folder of the configuration that plans of Terraform were made of;
	// empty: where their resources stand is not looked up.
	Source string
	// Template says what templates of CloudFormation leave open.
	Template *Template
}

// Read reads the files. The records are those of the snapshot, which is read to its
// end where a folder of documents is among the files.
func Read(files Files, records func() (*pipeline.Snapshot, error)) (*Plan, error) {
	plan := &Plan{}
	if files.Source != "" {
		var err error
		if plan.source, err = newSource(files.Source); err != nil {
			return nil, err
		}
	}
	inputs, stdin := files.Inputs, files.Stdin
	for _, in := range inputs {
		if in.policy == nil {
			read := func(path string, stdin io.Reader) error { return plan.tool(path, stdin, files.Template, records) }
			if info, err := os.Stat(in.Path); in.Path != "-" && err == nil && info.IsDir() {
				read = func(dir string, _ io.Reader) error { return plan.folder(dir, records) }
			}
			if err := read(in.Path, stdin); err != nil {
				return nil, err
			}
			continue
		}
		text, err := plaintext.ReadFile(in.Path)
		if err != nil {
			return nil, err
		}
		change := *in.policy
		change.Text = string(text)
		plan.Changes = append(plan.Changes, change)
	}
	return plan, files.Template.unused()
}

// tool reads a plan of Terraform or a template of CloudFormation.
func (p *Plan) tool(path string, stdin io.Reader, t *Template, records func() (*pipeline.Snapshot, error)) error {
	from, name := stdin, standardInput
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // it was only read
		from, name = file, path
	}
	in := bufio.NewReader(from)
	if head, _ := in.Peek(2); string(head) == "PK" { // an error shows again below
		return fmt.Errorf("%s: %w", name, terraform.ErrSaved)
	}
	text, err := plaintext.Read(in, name, maxPlan)
	if err != nil {
		return err
	}
	if isTemplate(text) {
		return p.template(text, path, t, records)
	}
	read, err := terraform.Read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := p.locate(read.Changes); err != nil {
		return err
	}
	p.Changes = append(p.Changes, read.Changes...)
	if read.Partial {
		p.Notes = append(p.Notes, name+" leaves out part of its configuration (-target): what it leaves out is not judged")
	}
	return nil
}

// locate says where the resources of a plan stand. That none of them does is a mistake.
func (p *Plan) locate(changes []overlay.Change) error {
	if p.source == nil || len(changes) == 0 {
		return nil
	}
	found := false
	for i := range changes {
		at, err := p.source.find(changes[i].Origin)
		if err != nil {
			return err
		}
		changes[i].File, changes[i].Line = at.file, at.line
		found = found || at.file != ""
	}
	if !found {
		return fmt.Errorf("--source %s declares no resource that the plan changes, such as %s: name the folder that `terraform plan` ran in", p.source.root, changes[0].Origin)
	}
	return nil
}

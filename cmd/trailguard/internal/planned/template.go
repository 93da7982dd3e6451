package planned

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/overlay/cloudformation"
)

// Template says what a template of CloudFormation leaves open.
type Template struct {
	// Parameters are NAME=VALUE, and Resources ID=NAME.
	Parameters, Resources []string

	parameters, resources map[string]string
	used                  map[string]bool
}

// Check takes the flags apart.
func (t *Template) Check() (err error) {
	if t.parameters, err = pairs("--parameter", t.Parameters); err != nil {
		return err
	}
	t.resources, err = pairs("--resource", t.Resources)
	t.used = map[string]bool{}
	return err
}

func pairs(flag string, list []string) (map[string]string, error) {
	all := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if _, twice := all[name]; !ok || name == "" || twice {
			return nil, fmt.Errorf("%s %q: write NAME=VALUE, and each name once", flag, text)
		}
		all[name] = value
	}
	return all, nil
}

// unused names a parameter or resource that no template has, which somebody misspelt.
func (t *Template) unused() error {
	for _, flag := range []struct {
		name string
		list []string
	}{{"--parameter", t.Parameters}, {"--resource", t.Resources}} {
		for _, text := range flag.list {
			if name, _, _ := strings.Cut(text, "="); !t.used[name] {
				return fmt.Errorf("%s %s: no template that is planned has it", flag.name, name)
			}
		}
	}
	return nil
}

// isTemplate says whether a text is a template and no plan of Terraform.
func isTemplate(text []byte) bool {
	var head map[string]json.RawMessage
	if json.Unmarshal(text, &head) == nil {
		return head["Resources"] != nil
	}
	begins := strings.TrimSpace(string(text[:min(len(text), 100)]))
	return !strings.HasPrefix(begins, "{") // YAML, then
}

// template reads a template. Its account is that of the snapshot, where there is one.
func (p *Plan) template(text []byte, path string, t *Template, records func() (*pipeline.Snapshot, error)) error {
	o := cloudformation.Options{Name: path, File: filepath.ToSlash(path), Parameters: t.parameters, Names: t.resources}
	if path == "-" {
		o.Name, o.File = standardInput, ""
	}
	name := o.Name
	var err error
	if p.home == nil {
		if p.home, err = homeOf(records); err != nil {
			return err
		}
	}
	o.Account, o.Partition = p.home.account, p.home.partition
	read, err := cloudformation.Read(text, o)
	if err != nil {
		return err
	}
	for name, used := range read.Used {
		t.used[name] = t.used[name] || used
	}
	p.Changes = append(p.Changes, read.Changes...)
	p.Notes = append(p.Notes, name+" does not tell what it no longer holds: what it does not mention is judged as it is")
	if len(read.Stacks) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %s is made of another template, which is not judged: plan it, too", name, strings.Join(read.Stacks, ", ")))
	}
	return nil
}

// home is the one account and partition that the roles and users of a snapshot are in;
// empty: there are several.
type home struct{ account, partition string }

func homeOf(records func() (*pipeline.Snapshot, error)) (_ *home, err error) {
	source, err := records()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	var accounts, partitions []string
	err = pipeline.Each(source, func(r *scanner.Record) error {
		arn, ok := iam.ParseARN(r.Configuration.Endpoint.RoleARN)
		if ok && !slices.Contains(accounts, arn.Account) {
			accounts = append(accounts, arn.Account)
		}
		if ok && !slices.Contains(partitions, arn.Partition) {
			partitions = append(partitions, arn.Partition)
		}
		return nil
	})
	only := func(list []string) string {
		if len(list) == 1 {
			return list[0]
		}
		return ""
	}
	return &home{only(accounts), only(partitions)}, err
}

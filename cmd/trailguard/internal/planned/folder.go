package planned

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// folder adds every document of a folder that --evidence wrote, or fix --output, and
// that is another than the snapshot's.
func (p *Plan) folder(dir string, open func() (*pipeline.Snapshot, error)) error {
	edited, err := documents(dir)
	if err != nil {
		return err
	}
	source, err := open()
	if err != nil {
		return err
	}
	defer source.Close() //nolint:errcheck // it was only read
	found := map[string]bool{}
	if err := pipeline.Each(source, func(r *scanner.Record) error {
		for i := range r.Evidence {
			e := &r.Evidence[i]
			name := scanner.EvidencePath(r.Configuration.Tenant, e)
			text, there := edited[name]
			if !there || found[name] {
				continue
			}
			found[name] = true
			if text == scanner.NewDisplay(e.Text).Text {
				continue
			}
			path := filepath.Join(dir, filepath.FromSlash(name))
			if !plannable(e.Kind) {
				return fmt.Errorf("%s: nobody can put this %s into AWS, and a plan of it says nothing: leave the file as it was", path, e.Kind.Noun())
			}
			about := e.Resource
			p.Changes = append(p.Changes, overlay.Change{
				Origin: path, Kind: e.Kind, Resource: about, Name: e.Name, Text: text, Part: true,
				Is: func(resource string) bool { return resource == about },
			})
		}
		return nil
	}); err != nil {
		return err
	}
	for name := range edited {
		if !found[name] && !strings.HasSuffix(name, "/tenant.json") {
			return fmt.Errorf("%s: the snapshot has no such document: plan a new policy with --policy", filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	return nil
}

// documents are the texts of a folder by their names in it, with slashes.
func documents(dir string) (map[string]string, error) {
	texts := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".json") {
			return err
		}
		text, err := plaintext.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		texts[name] = string(text)
		return err
	})
	if err == nil && len(texts) == 0 {
		err = fmt.Errorf("%s holds no document: name a folder that scan --evidence wrote", dir)
	}
	return texts, err
}

// plannable says whether people put documents of a kind into AWS.
func plannable(kind document.Kind) bool {
	switch kind {
	case document.KindBucket, document.KindBucketOwner, document.KindBucketPolicyStatus, document.KindRole, document.KindUser,
		document.KindIdentityPolicies, document.KindKey:
		return false
	default:
	}
	switch kind.Subject() {
	case document.SubjectBucket, document.SubjectAccount, document.SubjectWriter, document.SubjectKey:
		return !kind.Volatile()
	default:
		_, policy := kind.Policy()
		return policy
	}
}

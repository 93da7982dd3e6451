package snapshot

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
)

// Bounds for header and tenants, which stay in memory.
const (
	maxIntro  = 512 << 20 // bytes: about two million exports
	maxListed = 4 << 20   // ids and destinations: even the shortest ones take memory
)

// intro reads the header and the tenants, and keeps the line after them for Next.
func (r *Reader) intro() error {
	line, err := r.line()
	if err != nil && r.lines.Number() == 0 {
		return &Error{Name: r.name, Problem: "not a snapshot: the file is empty or unreadable", Advice: adviceForeign, Err: errors.Unwrap(err)}
	}
	if name, ok := lines.Type(line); !ok || name != typeHeader {
		return &Error{Name: r.name, Line: 1, Problem: "not a snapshot", Advice: adviceForeign}
	}
	if err != nil {
		return err
	}
	if err := r.readHeader(line); err != nil {
		return err
	}
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		switch name, _ := lines.Type(line); name {
		case typeTenant:
			err = r.readTenant(line)
		case typeTenantPart:
			err = r.readTenantPart(line)
		default:
			r.held = line
			for i := range r.tenants {
				r.listed[r.tenants[i].Name] = newListed(&r.tenants[i])
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *Reader) readHeader(line []byte) error {
	r.sum.Write(line)
	// A later version may have other fields, so decode the version alone first.
	var version struct {
		Format        string `json:"format"`
		FormatVersion int    `json:"formatVersion"`
	}
	if err := json.Unmarshal(line, &version); err != nil {
		return r.refuse("not a valid header", lines.Describe(err))
	}
	if version.Format != Format {
		return &Error{Name: r.name, Line: 1, Problem: fmt.Sprintf("not a snapshot but %q", version.Format), Advice: adviceForeign}
	}
	if version.FormatVersion < formatWhole || version.FormatVersion > FormatVersion {
		return &Error{
			Name: r.name, Line: 1,
			Problem: fmt.Sprintf("formatVersion %d, and this program reads %d to %d", version.FormatVersion, formatWhole, FormatVersion),
			Advice:  "use the version of trailguard that wrote it, or a later one",
		}
	}
	var header headerLine
	if err := r.decode(line, &header); err != nil {
		return err
	}
	r.version = header.FormatVersion
	r.header = scanner.Header{
		ToolVersion: header.ToolVersion, CollectedAt: header.CollectedAt, Settings: header.Settings, Requests: r.version >= FormatVersion,
	}
	return nil
}

func (r *Reader) readTenant(line []byte) error {
	r.sum.Write(line)
	var tenant tenantLine
	if err := r.decode(line, &tenant); err != nil {
		return err
	}
	if _, known := r.listed[tenant.Tenant.Name]; known {
		return r.refuse(fmt.Sprintf("tenant %q for the second time", tenant.Tenant.Name), nil)
	}
	if err := r.list(&tenant.Tenant); err != nil {
		return err
	}
	r.listed[tenant.Tenant.Name] = nil // until all of its exports are known
	r.tenants = append(r.tenants, tenant.Tenant)
	r.counts.Tenants++
	return nil
}

// readTenantPart adds exports to the tenant before it.
func (r *Reader) readTenantPart(line []byte) error {
	r.sum.Write(line)
	var part tenantPartLine
	if err := r.decode(line, &part); err != nil {
		return err
	}
	last := len(r.tenants) - 1
	switch {
	case r.version == formatWhole:
		return r.refuse(fmt.Sprintf("more of a tenant, which formatVersion %d does not have", formatWhole), nil)
	case last < 0 || r.tenants[last].Name != part.Tenant:
		return r.refuse(fmt.Sprintf("more of tenant %q, which is not the one before", part.Tenant), nil)
	}
	t := &r.tenants[last]
	if err := r.list(&scanner.Tenant{ConfigurationIDs: part.ConfigurationIDs, Destinations: part.Destinations}); err != nil {
		return err
	}
	t.ConfigurationIDs = append(t.ConfigurationIDs, part.ConfigurationIDs...)
	t.Destinations = append(t.Destinations, part.Destinations...)
	return nil
}

// list counts what a tenant, or a part of one, adds to memory.
func (r *Reader) list(t *scanner.Tenant) error {
	r.entries += len(t.ConfigurationIDs) + len(t.Destinations)
	switch {
	case r.lines.Total() > maxIntro:
		return r.refuse(fmt.Sprintf("more than %d MiB of tenants", maxIntro>>20), nil)
	case r.entries > maxListed:
		return r.refuse(fmt.Sprintf("more than %d exports", maxListed/2), nil)
	}
	return nil
}

func (r *Reader) document(line []byte) error {
	var document documentLine
	if err := r.decode(line, &document); err != nil {
		return err
	}
	text := document.Text
	if len(document.Base64) > 0 {
		text = string(document.Base64)
	}
	if document.Text != "" && len(document.Base64) > 0 || text == "" {
		return r.refuse("a document needs either a text or base64", nil)
	}
	if scanner.Digest(text) != document.Digest {
		return r.refuse(fmt.Sprintf("the document does not match its digest %q: one of them was altered", document.Digest), nil)
	}
	if !r.texts.Add(document.Digest, text) {
		return r.refuse(fmt.Sprintf("the document %s for the second time", document.Digest), nil)
	}
	r.counts.Documents++
	return nil
}

func (r *Reader) export(line []byte) (*scanner.Record, error) {
	var export exportLine
	if err := r.decode(line, &export); err != nil {
		return nil, err
	}
	id, tenant := export.Configuration.ID, export.Configuration.Tenant
	list := r.listed[tenant]
	if list == nil {
		return nil, r.refuse(fmt.Sprintf("export %q belongs to tenant %q, which the snapshot does not list", id, tenant), nil)
	}
	if !list.take(&export.Configuration) {
		return nil, r.refuse(fmt.Sprintf("export %q of tenant %q for the second time", id, tenant), nil)
	}
	for i := range export.Evidence {
		if i > 0 && scanner.CompareEvidence(export.Evidence[i-1], export.Evidence[i]) >= 0 {
			return nil, r.refuse(fmt.Sprintf("export %q: evidence out of order or twice: %s", id, export.Evidence[i].Ref()), nil)
		}
		if err := r.resolve(&export.Evidence[i]); err != nil {
			return nil, err
		}
	}
	for i := range export.Gaps {
		if export.Gaps[i].Accepted != nil {
			return nil, r.refuse(fmt.Sprintf("export %q: a gap that is already accepted; acceptance belongs in the waivers file", id), nil)
		}
	}
	if err := r.takeRequests(&export); err != nil {
		return nil, err
	}
	r.counts.Exports++
	return &scanner.Record{Configuration: export.Configuration, Evidence: export.Evidence, Gaps: export.Gaps}, nil
}

// resolve fills in the text of a piece of evidence.
func (r *Reader) resolve(e *scanner.Evidence) error {
	if e.Digest == emptyDigest {
		return nil
	}
	if e.Absent {
		return r.refuse(fmt.Sprintf("%s is absent, and yet has a document", e.Ref()), nil)
	}
	text, ok, err := r.texts.Get(e.Digest)
	if err != nil {
		return r.refuse(e.Ref(), err)
	}
	if !ok {
		return r.refuse(fmt.Sprintf("%s refers to the document %q, which no earlier line gives", e.Ref(), e.Digest), nil)
	}
	e.Text = text
	return nil
}

// whole checks that every export that a tenant lists has its record, unless some are
// missing for a reason that is told. An export that was never judged would otherwise
// count as fine.
func (r *Reader) whole(told bool) error {
	for i := range r.tenants {
		if id, missing := r.listed[r.tenants[i].Name].missing(); missing && !told {
			return r.refuse(fmt.Sprintf("tenant %q lists export %q, and there is no record of it", r.tenants[i].Name, id), nil)
		}
	}
	return nil
}

// trailer checks the counts, the digest and that nothing follows. It returns
// io.EOF when they are right.
func (r *Reader) trailer(line []byte) error {
	var trailer trailerLine
	if err := r.decode(line, &trailer); err != nil {
		return err
	}
	for _, count := range []struct {
		what       string
		said, seen int
	}{
		{"tenants", trailer.Tenants, r.counts.Tenants},
		{"documents", trailer.Documents, r.counts.Documents},
		{"exports", trailer.Exports, r.counts.Exports},
	} {
		if count.said != count.seen {
			return r.refuse(fmt.Sprintf("the trailer counts %d %s, and %d were read", count.said, count.what, count.seen), nil)
		}
	}
	head, err := trailerHead(trailer)
	if err != nil {
		return r.refuse("not a valid trailer", err)
	}
	r.sum.Write(head)
	digest := hex.EncodeToString(r.sum.Sum(nil))
	if !bytes.Equal(line, append(head, digest+trailerEnd...)) {
		return r.refuse("the snapshot does not match its digest: it was altered", nil)
	}
	if err := r.requestsTrailer(digest); err != nil {
		return err
	}
	if rest, err := r.lines.Next(); len(rest) > 0 {
		return r.refuse("something follows the trailer", nil)
	} else if !errors.Is(err, io.EOF) {
		return &Error{Name: r.name, Line: r.lines.Number(), Problem: "read after the trailer", Advice: adviceAltered, Err: bare(err)}
	}
	if err := r.whole(trailer.Interrupted || r.excerpt); err != nil {
		return err
	}
	r.counts.Digest, r.header.Interrupted = digest, trailer.Interrupted
	return io.EOF
}

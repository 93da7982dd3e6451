package scanner

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// maxSegment bounds one name in an evidence path, in bytes: file systems accept
// 255.
const maxSegment = 180

// EvidencePath is the path of a tenant's document, relative and with slashes:
// "acme/s3/bucket/policy.json". It is the same in every run, differs between
// any two documents of a run, and never leaves its folder: names are
// percent-encoded. It is the path of a file, so a URI made of it has to encode
// the percent signs again.
func EvidencePath(tenant string, e *Evidence) string {
	path := segment(tenant) + "/" + evidenceFolder(e) + "/"
	if e.Kind == document.KindConfiguration {
		return path + exportFile(e)
	}
	file := cmp.Or(e.Kind.File(), segment(string(e.Kind)))
	name := e.Name
	if e.Kind == document.KindDelivery {
		_, name, _ = strings.Cut(e.Resource, "/")
	}
	switch {
	case name == "":
	case e.Kind == document.KindDelivery: // keys of objects may differ only in case
		file += "/" + distinct(name)
	default:
		file += "/" + segment(name)
	}
	return path + file + ".json"
}

// exportFile returns the name of Immuta's record of an export, by its id.
func exportFile(e *Evidence) string {
	_, id, _ := strings.Cut(e.Resource, "#")
	id = distinct(id)
	if id == "tenant" {
		id = "%74enant" // an export with the id "tenant" must not take the tenant's place
	}
	return id + ".json"
}

// evidenceFolder returns the folder of a document's resource.
func evidenceFolder(e *Evidence) string {
	if s := e.Kind.Subject(); s == document.SubjectTenant || s == document.SubjectExport {
		return "immuta"
	}
	arn, ok := iam.ParseARN(e.Resource)
	if !ok {
		return "other/" + segment(e.Resource)
	}
	folder := segment(arn.Service)
	if arn.Partition != "aws" {
		folder = segment(arn.Partition) + "/" + folder
	}
	switch arn.Service {
	case "s3":
		if e.Kind.Subject() == document.SubjectAccount {
			return folder + "/" + segment(arn.Resource)
		}
		bucket, _, _ := strings.Cut(arn.Resource, "/")
		return folder + "/" + segment(bucket)
	case "iam":
		kind, name, _ := strings.Cut(arn.Resource, "/")
		return fmt.Sprintf("%s/%s/%s/%s", folder, segment(arn.Account), segment(kind), segment(name))
	case "kms":
		// The keys of a multi-Region set have the same id.
		return fmt.Sprintf("%s/%s/%s/%s", folder, segment(arn.Account), segment(arn.Region), segment(strings.TrimPrefix(arn.Resource, "key/")))
	}
	return fmt.Sprintf("%s/%s/%s/%s", folder, segment(arn.Account), segment(arn.Region), segment(arn.Resource))
}

// reserved matches the names that Windows reserves for devices, whatever
// follows the first dot.
var reserved = regexp.MustCompile(`^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// segment makes any text the name of one file or folder. Different texts give
// different names, and no operating system takes one for anything else.
func segment(text string) string { return encode(text, false) }

// distinct is like segment, but the names differ in more than case: some file
// systems would keep one file for both.
func distinct(text string) string { return encode(text, true) }

func encode(text string, capitals bool) string {
	if text == "" {
		return "%"
	}
	var b strings.Builder
	device := reserved.MatchString(text)
	for i := range len(text) {
		c := text[i]
		edge := i == 0 || i == len(text)-1
		switch {
		case device && i == 0:
			fmt.Fprintf(&b, "%%%02X", c)
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z' && !capitals, c >= '0' && c <= '9', c == '_', c == '@', c == '+', c == '=', c == ',':
			b.WriteByte(c)
		case (c == '.' || c == '-') && !edge:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= maxSegment {
		return b.String()
	}
	// "~" is always encoded, so that a shortened name equals no other.
	sum := sha256.Sum256([]byte(text))
	return b.String()[:maxSegment-33] + "~" + hex.EncodeToString(sum[:16])
}

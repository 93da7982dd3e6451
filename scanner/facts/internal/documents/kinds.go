package documents

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// Names are the kinds that rules may read, by scope, sorted.
func Names() (export, tenant []string) {
	for _, kind := range document.Kinds() {
		switch kind.Subject() {
		case document.SubjectTenant, document.SubjectReader:
		default:
			export = append(export, string(kind))
		}
	}
	slices.Sort(export)
	return export, []string{string(document.KindTenant)}
}

// About is a fact that does not apply where the subject of documents of a kind
// does not exist.
func About(kind document.Kind) string {
	switch kind {
	case document.KindBucket:
		return "bucket"
	case document.KindRole, document.KindTrustPolicy:
		return "external_id_bypass"
	case document.KindUser, document.KindAccessKeys:
		return "writer_key"
	default:
	}
	switch kind.Subject() {
	case document.SubjectBucket, document.SubjectAccount, document.SubjectTrail:
		return "bucket_region"
	case document.SubjectKey:
		return "key_use"
	case document.SubjectWriter:
		return "writer"
	default:
		return "connection"
	}
}

package facts

import (
	"slices"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
)

// export is one record while its facts are derived.
type export struct {
	*view
	facts fact.Facts
	d     *Deriver
	since *Since // nil: there is no baseline

	// What several facts read is read once.
	trusts        *trustLook
	ownershipRead func() ownership
	putRead       func() *fact.Of[fact.PutObject]
	activeRead    func() *fact.Of[fact.WriterKey]
	useRead       func() *fact.Of[fact.KeyUse]
	arrivedRead   func() (arrived, scanner.FactStatus)
}

func newExport(d *Deriver, r *scanner.Record, since *Since) *export {
	e := &export{view: newView(d.run, r), d: d, since: since}
	e.ownershipRead = sync.OnceValue(e.readOwnership)
	e.putRead = sync.OnceValue(e.putObject)
	e.activeRead = sync.OnceValue(e.writerKey)
	e.useRead = sync.OnceValue(e.keyUse)
	e.arrivedRead = sync.OnceValues(e.readArrived)
	return e
}

// derive fills in every fact. Each is independent of the others, so that a gap
// reaches only the facts whose answer it could change.
func (e *export) derive() {
	e.facts = fact.Facts{
		Connection:         e.connection(),
		Enabled:            e.enabled(),
		Interval:           e.interval(),
		Endpoint:           e.endpoint(),
		Authentication:     e.authentication(),
		Delivery:           e.delivery(),
		Continuity:         e.continuity(),
		ExternalIDAccepted: e.externalIDAccepted(),
		ExternalIDBypass:   e.externalIDBypass(),
		TrustedPrincipals:  e.trustedPrincipals(),
		OtherDoors:         e.otherDoors(),
		DeletedPrincipals:  e.deletedPrincipals(),
		Writer:             e.writer(),
		WriterKey:          e.activeRead(),
		KeyAge:             e.keyAge(),
		PutObject:          e.putRead(),
		WriterExcess:       e.writerExcess(),
		ForeignWriters:     e.foreignWriters(),
		ForeignReaders:     e.foreignReaders(),
		Bucket:             e.bucket(),
		BucketOwner:        e.bucketOwner(),
		BucketRegion:       e.bucketRegion(),
		PublicAccess:       e.publicAccess(),
		TLS:                e.tls(),
		Encryption:         e.encryption(),
		KeyState:           e.keyState(),
		KeyUse:             e.useRead(),
		KeyDecrypt:         e.keyDecrypt(),
		Versioning:         e.versioning(),
		ObjectLock:         e.objectLock(),
		Retention:          e.retention(),
		ObjectOwnership:    e.objectOwnership(),
		SilentDenial:       e.silentDenial(),
		AccessLog:          e.accessLog(),
		WritersConfined:    e.writersConfined(),
		RoleUse:            e.roleUse(),
		Owner:              e.owner(),
		Destination:        e.ownDestination(),
		SASToken:           e.sasToken(),
	}
	e.drift()
}

// missing returns the gap of a field of the configuration that Immuta did not
// give, and whether it is missing. Without the configuration's own document
// every field is.
func (e *view) missing(field string) (scanner.Gap, bool) {
	if e.configured() && !slices.Contains(e.cfg.Missing, field) {
		return scanner.Gap{}, false
	}
	for _, g := range e.record.Gaps {
		if g.Kind == document.KindConfiguration && (g.Name == field || g.Name == "") {
			return g, true
		}
	}
	return scanner.Gap{
		Kind: document.KindConfiguration, Resource: e.resource, Name: field, Reason: scanner.ReasonUnsupported,
		Detail: "Immuta did not tell the export's " + field,
	}, true
}

// configured says that the configuration's document is there.
func (e *view) configured() bool {
	_, read := e.record.Find(document.KindConfiguration, "", "")
	return read
}

// at is a place in the configuration's document.
func (e *view) at(pointer string) string { return scanner.At(e.configRef, pointer) }

// fromConfig is the status of a fact that the configuration alone decides.
func (e *view) fromConfig(pointer, text string) scanner.FactStatus {
	return fact.Rests(e.resource, []string{e.configRef}, fact.Note(e.at(pointer), text))
}

// storage says whether the export writes to S3. Where it does not, or that is
// not known, the status is that of every fact about S3. Immuta's type name
// tells it even where the rest of the endpoint is not known.
func (e *view) storage() (scanner.FactStatus, bool) {
	ep := &e.cfg.Endpoint
	gap, missing := e.missing("endpoint")
	typed := ep.Type == scanner.EndpointS3 || ep.Type == scanner.EndpointADLS || ep.TypeName != ""
	switch {
	case !e.configured(), missing && !typed:
		return fact.Unknown(e.resource, "Immuta did not tell the export's endpoint", gap), false
	case ep.Type != scanner.EndpointS3:
		return fact.NotApplicable(e.resource, "the destination is not S3 ("+e.typeName()+")"), false
	}
	return scanner.FactStatus{}, true
}

// destination says whether the export writes to a plain S3 bucket. Where it
// does not, the status is that of every fact about the bucket.
func (e *view) destination() (scanner.FactStatus, bool) {
	if status, ok := e.storage(); !ok {
		return status, false
	}
	if gap, missing := e.missing("endpoint"); missing && e.cfg.Endpoint.Bucket == "" {
		return fact.Unknown(e.resource, "Immuta did not tell the export's bucket", gap), false
	}
	if e.form != destinations.FormBucket {
		because := "the destination is not a plain S3 bucket (" + strings.ReplaceAll(e.form, "_", " ") + "), whose policies are not assessed"
		return fact.Unknown(e.resource, because, proof.Undetermined(document.KindBucket, e.resource, scanner.Said(because))), false
	}
	return scanner.FactStatus{}, true
}

// path says whether it is known under which path the export writes. An empty
// one is the whole bucket only where Immuta told the whole endpoint.
func (e *view) path(resource string) (scanner.FactStatus, bool) {
	if gap, missing := e.missing("endpoint"); missing && e.cfg.Endpoint.Path == "" {
		return fact.Unknown(resource, "Immuta did not tell under which path the export writes", gap), false
	}
	return scanner.FactStatus{}, true
}

// existing is destination for facts about a bucket that is there.
func (e *view) existing() (scanner.FactStatus, bool) {
	if status, ok := e.destination(); !ok {
		return status, false
	}
	if exists, decided, ref := e.bucketExists(); decided && !exists {
		status := fact.NotApplicable(e.bucketARN, "the bucket does not exist")
		status.Evidence = []string{ref}
		return status, false
	}
	return scanner.FactStatus{}, true
}

// under is existing for facts about what lies under the export's path; resource is
// what they are about.
func (e *view) under(resource string) (scanner.FactStatus, bool) {
	if status, ok := e.existing(); !ok {
		return status, false
	}
	return e.path(resource)
}

func (e *view) typeName() string {
	if e.cfg.Endpoint.TypeName != "" {
		return e.cfg.Endpoint.TypeName
	}
	return string(e.cfg.Endpoint.Type)
}

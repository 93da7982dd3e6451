package facts

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/trust"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// export is one record while its facts are derived.
type export struct {
	*view.View
	role  *trust.Role
	facts fact.Facts
	d     *Deriver
	since *Since // nil: there is no baseline

	// What several facts read is read once.
	ownershipRead func() ownership
	putRead       func() *fact.Of[fact.PutObject]
	activeRead    func() *fact.Of[fact.WriterKey]
	useRead       func() *fact.Of[fact.KeyUse]
	arrivedRead   func() (arrived, scanner.FactStatus)
}

func newExport(d *Deriver, r *scanner.Record, since *Since) *export {
	e := &export{View: view.New(d.run, r), d: d, since: since}
	e.role = trust.Read(e.View)
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
		ExternalIDAccepted: e.role.ExternalIDAccepted(),
		ExternalIDBypass:   e.role.ExternalIDBypass(),
		TrustedPrincipals:  e.role.TrustedPrincipals(),
		OtherDoors:         e.role.OtherDoors(),
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
		KeyLife:            e.keyLife(),
		KeyRotation:        e.keyRotation(),
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

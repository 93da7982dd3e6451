package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// logging gathers what logs access.
type logging struct {
	fact.AccessLog
	covered document.Coverage
	regions []string // whose stores were asked for
	refs    []string
	reasons []scanner.Reason
	gaps    []scanner.Gap
}

func (e *export) accessLog() *fact.Of[fact.AccessLog] {
	if status, ok := e.PathIsThere(e.BucketARN); !ok {
		return fact.Unresolved[fact.AccessLog](status)
	}
	x := logging{AccessLog: fact.AccessLog{
		Bucket: e.Config.Endpoint.Bucket, Prefix: e.Config.Prefix(), By: []string{}, Declared: []string{}, Partial: []string{},
	}}
	doc, l, status, ok := setting(e, document.KindAccessLog, anyText[document.AccessLog])
	switch {
	case !ok:
		x.gaps = append(x.gaps, status.Gaps...)
	case doc.Elsewhere(x.Bucket):
		x.note(l, "/LoggingEnabled", "S3 logs access in "+doc.Target())
		x.By, x.Logged = []string{doc.Target()}, true
		return fact.Known(x.AccessLog, fact.Rests(e.BucketARN, x.refs, x.reasons...))
	default:
		x.Itself = doc.LoggingEnabled != nil
		x.note(l, "", "S3 logs access in no other bucket")
	}
	e.trails(&x)
	e.stores(&x)
	x.Logged = x.covered.Whole()
	if !x.Logged {
		e.declaredLogs(&x)
	}
	if !x.Logged && len(x.gaps) > 0 {
		return fact.Unresolved[fact.AccessLog](fact.Unknown(e.BucketARN,
			"whether access to the objects is logged is open: "+proof.Because("the "+x.gaps[0].Kind.Noun(), &x.gaps[0]), x.gaps...))
	}
	return fact.Known(x.AccessLog, fact.Rests(e.BucketARN, x.refs, x.reasons...))
}

func (x *logging) note(l view.Look, pointer, text string) {
	x.refs = append(x.refs, l.Ref())
	x.reasons = append(x.reasons, fact.Note(l.At(pointer), text))
}

// trails asks the trails that log the bucket's region.
func (e *export) trails(x *logging) {
	l := e.Look(document.KindTrails)
	list, ok := read(e, x, l, (*document.Trails).Valid)
	if !ok {
		return
	}
	x.refs = append(x.refs, l.Ref())
	region := e.Region()
	if region == "" {
		x.gaps = append(x.gaps, e.GapOf(document.KindBucket))
	}
	for i := range list.Trails {
		trail := &list.Trails[i]
		if !trail.Logs(region) {
			continue
		}
		state, stateRead := e.LookAt(document.KindTrailStatus, trail.ARN), false
		status := &document.TrailStatus{}
		if state.Read() {
			if d, gap := view.Decode(e.Run, state, (*document.TrailStatus).Valid); gap == nil {
				status, stateRead = d, true
			}
		}
		selectors := e.LookAt(document.KindEventSelectors, trail.ARN)
		if stateRead && !status.On() && !selectors.Read() {
			continue // it logs nothing, whatever its selectors are
		}
		d, ok := read(e, x, selectors, (*document.EventSelectors).Valid)
		if !ok {
			continue
		}
		covers := d.Covers(e.objects())
		if !covers.Any() {
			continue
		}
		if !stateRead {
			read(e, x, state, (*document.TrailStatus).Valid)
			continue
		}
		x.take(trail.ARN, covers, status.On(), "the trail is off, or its files do not arrive", selectors)
	}
}

// stores asks the event data stores that take in the bucket's region.
func (e *export) stores(x *logging) {
	lists := e.Looks(document.KindEventDataStores)
	for _, l := range lists {
		x.regions = append(x.regions, view.ParseARN(l.Resource()).Region)
		list, ok := read(e, x, l, (*document.EventDataStores).Valid)
		if !ok {
			continue
		}
		x.refs = append(x.refs, l.Ref())
		for _, named := range list.Stores {
			l := e.LookAt(document.KindEventDataStore, named.ARN)
			store, ok := read(e, x, l, (*document.EventDataStore).Valid)
			if ok && (store.MultiRegion || view.ParseARN(named.ARN).Region == e.Region()) {
				x.take(named.ARN, store.Covers(e.objects()), store.On(), "it takes in nothing at present", l)
			}
		}
	}
}

// take notes what one trail or store logs.
func (x *logging) take(arn string, covers document.Coverage, on bool, off string, l view.Look) {
	switch {
	case !covers.Any():
		return
	case !on:
		x.Partial = append(x.Partial, arn+" would log it, and "+off)
	case covers.Whole():
		x.By = append(x.By, arn)
		x.note(l, "", arn+" logs who reads, writes and deletes the objects")
	default:
		x.Partial = append(x.Partial, arn+" logs "+covers.Reads.String()+" of reading and "+covers.Writes.String()+" of writing and deleting")
	}
	if on {
		x.covered = x.covered.With(covers)
	}
}

// declaredLogs takes the operator's word for event data stores that no run sees: those
// of an organization, which only the account that has them lists, and those of regions
// that are not asked. What should have been seen is never believed.
func (e *export) declaredLogs(x *logging) {
	owner, l := e.BucketAccount()
	if owner == "" && len(e.Expect.DataEvents) > 0 {
		x.gaps = append(x.gaps, l.Gap)
	}
	for _, arn := range e.Expect.DataEvents {
		store := view.ParseARN(arn)
		if owner != "" && (store.Account != owner || !slices.Contains(x.regions, store.Region)) {
			x.Declared = append(x.Declared, arn)
			x.reasons = append(x.reasons, fact.Note("", "declared by the operator (expect.dataEvents), and not verified: "+arn+" logs who accesses the objects"))
		}
	}
	if len(x.Declared) > 0 {
		x.By, x.Logged = append(x.By, x.Declared...), true
	}
}

// objects are those under the path, as the beginning of their ARNs.
func (e *export) objects() string { return strings.TrimSuffix(e.Target(), "*") }

// read decodes a document; where there is none, that is a gap.
func read[T any](e *export, x *logging, l view.Look, valid func(*T) bool) (*T, bool) {
	if l.Doc == nil {
		x.gaps = append(x.gaps, l.Gap)
		return nil, false
	}
	doc, gap := view.Decode(e.Run, l, valid)
	if gap != nil {
		x.gaps = append(x.gaps, *gap)
		return nil, false
	}
	return doc, true
}

package drift

import (
	"strconv"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func cloudtrailSettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindTrails:          typed(compareTrails),
		document.KindTrailStatus:     typed(compareTrailStatus),
		document.KindEventSelectors:  typed(compareEventSelectors),
		document.KindEventDataStores: typed(compareEventDataStores),
		document.KindEventDataStore:  typed(compareEventDataStore),
	}
}

// objects returns the ARN prefix of the export's objects, in the partition of a
// trail or store.
func (c *comparison) objects(arn string) string {
	return document.Objects(arn, c.after.Configuration.Endpoint.Bucket, c.after.Configuration.Prefix())
}

// covered says what a trail or store is set up to log of the export's objects,
// whether or not it is switched on. One that could not be read may log everything.
func (c *comparison) covered(record *scanner.Record, arn string) document.Coverage {
	all := document.Coverage{Reads: document.LoggedAll, Writes: document.LoggedAll}
	if e, ok := record.Find(document.KindEventSelectors, arn, ""); ok {
		if d, _, err := decode[document.EventSelectors](e.Text, ""); err == nil {
			return d.Covers(c.objects(arn))
		}
	}
	if e, ok := record.Find(document.KindEventDataStore, arn, ""); ok {
		if d, _, err := decode[document.EventDataStore](e.Text, ""); err == nil {
			return d.Covers(c.objects(arn))
		}
	}
	return all
}

// listed compares the lists of trails or stores. One that logs none of the
// export's objects protects nothing.
func (c *comparison) listed(what string, before, after []string) []detail {
	came, went := cameAndWent(before, after)
	var details []detail
	for _, arn := range went {
		d := detail{before: arn, effect: scanner.EffectChanged, message: what + " " + arn + " is gone"}
		if c.covered(c.before, arn).Any() {
			d.effect, d.message = scanner.EffectWeaker, d.message+", which logged who accesses the objects"
		}
		details = append(details, d)
	}
	for _, arn := range came {
		d := detail{after: arn, effect: scanner.EffectChanged, message: what + " " + arn + " is new"}
		if c.covered(c.after, arn).Any() {
			d.effect, d.message = scanner.EffectStronger, d.message+", and logs who accesses the objects"
		}
		details = append(details, d)
	}
	return details
}

func compareTrails(b, a *document.Trails, c *comparison) []detail {
	arns := func(d *document.Trails) (list []string) {
		for i := range d.Trails {
			list = append(list, d.Trails[i].ARN)
		}
		return list
	}
	return c.listed("trail", arns(b), arns(a))
}

func compareEventDataStores(b, a *document.EventDataStores, c *comparison) []detail {
	arns := func(d *document.EventDataStores) (list []string) {
		for _, store := range d.Stores {
			list = append(list, store.ARN)
		}
		return list
	}
	return c.listed("event data store", arns(b), arns(a))
}

// compareTrailStatus reports a stopped trail as weaker only where it logs the
// export's objects.
func compareTrailStatus(b, a *document.TrailStatus, c *comparison) []detail {
	details := onLadder("/IsLogging", "whether it logs and its files arrive", strconv.FormatBool(b.On()), strconv.FormatBool(a.On()), "false", "true")
	if len(details) > 0 && !c.covered(c.before, b.ARN).Any() && !c.covered(c.after, a.ARN).Any() {
		details[0].effect = scanner.EffectChanged
	}
	return details
}

func compareEventSelectors(b, a *document.EventSelectors, c *comparison) []detail {
	return coverage("", b.Covers(c.objects(b.ARN)), a.Covers(c.objects(a.ARN)))
}

func compareEventDataStore(b, a *document.EventDataStore, c *comparison) []detail {
	was, is := b.Covers(c.objects(b.ARN)), a.Covers(c.objects(a.ARN))
	details := coverage("/AdvancedEventSelectors", was, is)
	if was.Any() || is.Any() {
		details = append(details, ranked("/Status", "the status", on(b), on(a), b.Status, a.Status)...)
		details = append(details, onLadder("/MultiRegionEnabled", "whether it takes in all regions", strconv.FormatBool(b.MultiRegion), strconv.FormatBool(a.MultiRegion), "false", "true")...)
	}
	return details
}

func on(d *document.EventDataStore) int {
	if d.On() {
		return 1
	}
	return 0
}

// coverage compares what is logged of reads, and of writes and deletes.
func coverage(pointer string, was, is document.Coverage) []detail {
	return append(ranked(pointer, "what it logs of reading the objects", int(was.Reads), int(is.Reads), was.Reads.String(), is.Reads.String()),
		ranked(pointer, "what it logs of writing and deleting the objects", int(was.Writes), int(is.Writes), was.Writes.String(), is.Writes.String())...)
}

package facts_test

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const (
	trailARN = "arn:aws:cloudtrail:us-east-1:111111111111:trail/main"
	eastARN  = "arn:aws:cloudtrail:us-east-1:111111111111:eventdatastore/east"
	westARN  = "arn:aws:cloudtrail:eu-west-1:111111111111:eventdatastore/west"
	dataOf   = `{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}`
)

// unlogged is an export of whose bucket S3 logs nothing, and CloudTrail nothing
// either.
func unlogged() *world {
	w := healthy()
	w.set(document.KindAccessLog, bucketARN, "", `{}`)
	w.set(document.KindTrails, "arn:aws:cloudtrail:us-east-1:111111111111:trail/*", "", `{"trailList":[]}`)
	w.set(document.KindEventDataStores, "arn:aws:cloudtrail:us-east-1:111111111111:eventdatastore/*", "", `{"EventDataStores":[]}`)
	return w
}

// trailed is one with a trail that logs events of some resources.
func trailed(trail, status, selectors string) func(*world) {
	return func(w *world) {
		w.set(document.KindTrails, "arn:aws:cloudtrail:us-east-1:111111111111:trail/*", "", `{"trailList":[{"TrailARN":"`+trailARN+`",`+trail+`}]}`)
		w.set(document.KindTrailStatus, trailARN, "", `{"TrailARN":"`+trailARN+`",`+status+`}`)
		w.set(document.KindEventSelectors, trailARN, "", `{"TrailARN":"`+trailARN+`",`+selectors+`}`)
	}
}

func basic(kind, objects string) string {
	return `"EventSelectors":[{"ReadWriteType":"` + kind + `","DataResources":[{"Type":"AWS::S3::Object","Values":["` + objects + `"]}]}]`
}

// stored is one with an event data store.
func stored(arn, text string) func(*world) {
	return func(w *world) {
		w.set(document.KindEventDataStores, arn[:strings.LastIndex(arn, "/")+1]+"*", "", `{"EventDataStores":[{"EventDataStoreArn":"`+arn+`"}]}`)
		w.set(document.KindEventDataStore, arn, "", `{"EventDataStoreArn":"`+arn+`",`+text+`,"AdvancedEventSelectors":[{"FieldSelectors":[`+dataOf+`]}]}`)
	}
}

func then(steps ...func(*world)) func(*world) {
	return func(w *world) {
		for _, step := range steps {
			step(w)
		}
	}
}

func denying(kind document.Kind) func(*world) { return func(w *world) { w.deny(kind) } }

const (
	everywhere = `"HomeRegion":"eu-west-1","IsMultiRegionTrail":true`
	inRegion   = `"HomeRegion":"us-east-1","IsMultiRegionTrail":false`
	elsewhere  = `"HomeRegion":"eu-west-1","IsMultiRegionTrail":false`
	logs       = `"IsLogging":true`
)

func logged(do func(*world), is, says string) scenario {
	s := scenario{base: unlogged, do: do, want: expectation{"access_log": is}, fact: "access_log", says: says}
	if is == sound {
		s.want = nil
	}
	return s
}

var loggingScenarios = map[string]scenario{
	"nothing logs": logged(nil, bad, ""),
	"S3 does":      {fact: "access_log", says: "S3 logs access in s3://acme-logs/audit/"},
	"S3 does, into itself": logged(func(w *world) {
		w.set(document.KindAccessLog, bucketARN, "", `{"LoggingEnabled":{"TargetBucket":"acme-audit","TargetPrefix":"logs/"}}`)
	}, bad, `"itself":true`),
	"unread":                              {do: func(w *world) { w.deny(document.KindAccessLog) }, want: expectation{"access_log": unknown}},
	"unread, and a trail does":            logged(then(trailed(everywhere, logs, basic("All", "arn:aws:s3:::acme-audit/")), denying(document.KindAccessLog)), sound, trailARN),
	"unread, and no trail does":           logged(denying(document.KindAccessLog), unknown, ""),
	"a trail of all regions":              logged(trailed(everywhere, logs, basic("All", "arn:aws:s3")), sound, trailARN),
	"a trail of the region":               logged(trailed(inRegion, logs, basic("All", "arn:aws:s3:::acme-audit/immuta/")), sound, trailARN),
	"a trail of another region":           logged(trailed(elsewhere, logs, basic("All", "arn:aws:s3")), bad, ""),
	"a trail of advanced":                 logged(trailed(everywhere, logs, `"AdvancedEventSelectors":[{"FieldSelectors":[`+dataOf+`]}]`), sound, trailARN),
	"a trail that is off":                 logged(trailed(everywhere, `"IsLogging":false`, basic("All", "arn:aws:s3")), bad, "the trail is off"),
	"a trail that cannot write":           logged(trailed(everywhere, `"IsLogging":true,"LatestDeliveryError":"AccessDenied"`, basic("All", "arn:aws:s3")), bad, "do not arrive"),
	"a trail of writing":                  logged(trailed(everywhere, logs, basic("WriteOnly", "arn:aws:s3")), bad, "nothing of reading and everything of writing"),
	"a trail of a neighbour":              logged(trailed(everywhere, logs, basic("All", "arn:aws:s3:::acme-audit-old/")), bad, ""),
	"a trail of management":               logged(trailed(everywhere, logs, `"EventSelectors":[{"ReadWriteType":"All","DataResources":[]}]`), bad, ""),
	"trails unread":                       logged(denying(document.KindTrails), unknown, ""),
	"status unread":                       logged(then(trailed(everywhere, logs, basic("All", "arn:aws:s3")), denying(document.KindTrailStatus)), unknown, ""),
	"status unread of no matter":          logged(then(trailed(everywhere, logs, basic("All", "arn:aws:s3:::other/")), denying(document.KindTrailStatus)), bad, ""),
	"selectors unread":                    logged(then(trailed(everywhere, logs, basic("All", "arn:aws:s3")), denying(document.KindEventSelectors)), unknown, ""),
	"selectors unread, and off":           logged(then(trailed(everywhere, `"IsLogging":false`, basic("All", "arn:aws:s3")), denying(document.KindEventSelectors)), bad, ""),
	"selectors of a new kind":             logged(trailed(everywhere, logs, basic("Sometimes", "arn:aws:s3")), unknown, "Sometimes"),
	"a store of the region":               logged(stored(eastARN, `"Status":"ENABLED","MultiRegionEnabled":false`), sound, eastARN),
	"a store of all regions":              logged(stored(westARN, `"Status":"ENABLED","MultiRegionEnabled":true`), sound, westARN),
	"a store of another region":           logged(stored(westARN, `"Status":"ENABLED","MultiRegionEnabled":false`), bad, ""),
	"a store that stopped":                logged(stored(eastARN, `"Status":"STOPPED_INGESTION","MultiRegionEnabled":true`), bad, "takes in nothing"),
	"stores unread":                       logged(denying(document.KindEventDataStores), unknown, ""),
	"store unread":                        logged(then(stored(eastARN, `"Status":"ENABLED"`), denying(document.KindEventDataStore)), unknown, ""),
	"store of a new state":                logged(stored(eastARN, `"Status":"DREAMING"`), unknown, "DREAMING"),
	"never asked":                         logged(func(w *world) { w.drop(document.KindTrails) }, unknown, "not collected"),
	"declared":                            logged(declaring(orgStore), sound, "declared by the operator (expect.dataEvents), and not verified"),
	"declared, and nothing could be read": logged(then(denying(document.KindTrails), denying(document.KindEventDataStores), declaring(orgStore)), sound, "not verified"),
	"declared of another region":          logged(declaring(westARN), sound, westARN),
	"declared, and unread":                logged(then(denying(document.KindEventDataStores), declaring(eastARN)), unknown, ""),
	"declared, and seen not to":           logged(then(stored(eastARN, `"Status":"STOPPED_INGESTION"`), declaring(eastARN)), bad, "takes in nothing"),
	"declared of whoever owns the bucket": {
		base: unlogged, do: then(denying(document.KindBucketOwner), declaring(orgStore)), want: expectation{"access_log": unknown}, fact: "access_log", alone: true,
	},
}

const orgStore = "arn:aws:cloudtrail:us-east-1:999999999999:eventdatastore/org"

func declaring(arn string) func(*world) {
	return func(w *world) { w.expect(func(x *scanner.Expect) { x.DataEvents = []string{arn} }) }
}

package facts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// defaultGrace is how long after its interval an export may be late unless the
// operator says otherwise: query events reach Immuta up to 24 h late.
const defaultGrace = 24 * time.Hour

// How long Immuta itself keeps events: an export that is broken for longer
// loses them.
const (
	retentionSelfManaged = 7
	retentionSaaS        = 90
)

// deliveryWindow is the time within which an object must have arrived.
type deliveryWindow struct {
	allowed time.Duration
	// certain is false where the interval is not known: then an object that
	// is younger than the grace alone is fresh for every interval, and an
	// older one decides nothing.
	certain bool
	gap     scanner.Gap
}

func (e *export) deliveryWindow() deliveryWindow {
	grace := e.Expect.DeliveryGrace
	if grace == 0 {
		grace = defaultGrace
	}
	gap, missing := e.MissingField("interval")
	if missing {
		return deliveryWindow{allowed: grace, gap: gap}
	}
	hours := intervalHours(e.Config.Interval)
	if hours == 0 {
		detail := fmt.Sprintf("the interval %q is not one that Immuta documents, so it is not known when an object is due", e.Config.Interval)
		return deliveryWindow{allowed: grace, gap: proof.Undetermined(document.KindConfiguration, e.Resource, detail)}
	}
	return deliveryWindow{allowed: time.Duration(hours)*time.Hour + grace, certain: true}
}

// arrived is what was listed under the export's path, where something is due.
type arrived struct {
	resource string
	window   deliveryWindow
	look     view.Look
	doc      *document.Delivery
	// undated says that it is not known when the export was created, because of
	// a gap.
	undated    bool
	undatedGap scanner.Gap
}

// readArrived reads the listing once. Where there is none, or nothing is due yet,
// the status is that of every fact about what arrived.
func (e *export) readArrived() (arrived, scanner.FactStatus) {
	a := arrived{resource: e.BucketARN + "/" + e.Config.Prefix()}
	if status, planned := e.NotCreated(a.resource); planned {
		return a, status
	}
	if status, ok := e.PathIsThere(a.resource); !ok {
		return a, status
	}
	if status, ok := e.runs(a.resource); !ok {
		return a, status
	}
	a.window = e.deliveryWindow()
	a.undatedGap, a.undated = e.MissingField("createdAt")
	if e.Config.CreatedAt.IsZero() && !a.undated {
		a.undated, a.undatedGap = true, proof.Undetermined(document.KindConfiguration, e.Resource, "Immuta did not tell when the export was created")
	}
	if !a.undated && a.window.certain && e.Run.Now.Sub(e.Config.CreatedAt) <= a.window.allowed {
		return a, fact.NotApplicable(a.resource, "the export is younger than its interval and grace: nothing is due yet")
	}
	a.look = e.Look(document.KindDelivery)
	if !a.look.Read() {
		gap := e.GapOf(document.KindDelivery)
		return a, fact.Unknown(a.resource, proof.Because("what lies under the path", &gap), gap)
	}
	doc, malformed := view.Decode(e.Run, a.look, (*document.Delivery).Valid)
	if malformed != nil {
		return a, fact.Unknown(a.resource, proof.Because("what lies under the path", malformed), *malformed)
	}
	a.doc = doc
	return a, scanner.FactStatus{}
}

// startAnew says what to do about a path with more objects than are listed. An inventory
// of S3 would tell them all, and wants objects read, which a reader of ours may not.
const startAnew = "have the export write to another path of the bucket in Immuta, where its writer may upload, or look at the newest object there by hand"

func (e *export) delivery() *fact.Of[fact.Delivery] {
	a, status := e.arrivedRead()
	if a.doc == nil {
		return fact.Unresolved[fact.Delivery](status)
	}
	resource, doc, window := a.resource, a.doc, a.window
	value := e.delivered(doc, window.allowed, a.undated)
	doubt, policy := e.whoseDelivery(doc)
	switch {
	case value.Fresh && policy != nil:
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource, proof.Because("who else writes to the whole bucket", policy), *policy))
	case value.Fresh && hides(doc) != "":
		// The listing does not tell what the newest object of the export is.
		detail := fmt.Sprintf("the newest object %q is %s, which hides what arrived before it; collect a new snapshot", doc.Newest.Key, hides(doc))
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource, detail, proof.Undetermined(document.KindDelivery, resource, detail)))
	case value.Fresh && doubt != "":
		detail := fmt.Sprintf("the newest object %q may be another's: %s; give the export a path of its own in Immuta", doc.Newest.Key, doubt)
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource, detail, proof.Undetermined(document.KindDelivery, resource, detail)))
	case value.Fresh:
	case !doc.Complete:
		detail := fmt.Sprintf("no recent object is among the %d that were listed, and there are more", doc.Objects+value.LeftOut)
		if value.LeftOut > 0 {
			detail += "; give the export a path of its own in Immuta, in which nobody else writes"
		} else {
			detail += "; " + startAnew
		}
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource, detail, proof.Undetermined(document.KindDelivery, resource, detail)))
	case !window.certain:
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource, proof.Because("when an object is due", &window.gap), window.gap))
	case a.undated:
		return fact.Unresolved[fact.Delivery](fact.Unknown(resource,
			"nothing recent has arrived, and the export may be too young for it: Immuta did not tell when it was created", a.undatedGap))
	}
	return fact.Known(value, e.deliveryStatus(resource, &a.look, &value))
}

// runs says whether the export is switched on. Where it is not, or that is not
// known, the status is that of every fact about what it delivers.
func (e *export) runs(resource string) (scanner.FactStatus, bool) {
	if gap, missing := e.MissingField("enabled"); missing {
		return fact.Unknown(resource, "Immuta did not tell whether the export is enabled", gap), false
	}
	if !e.Config.Enabled {
		return fact.NotApplicable(resource, "the export is disabled"), false
	}
	return scanner.FactStatus{}, true
}

// hides says why the newest object of a listing that an older version wrote is
// no delivery; empty where it may be one.
func hides(doc *document.Delivery) string {
	service := document.ServiceOf(strings.TrimPrefix(doc.Newest.Key, doc.Prefix))
	switch {
	case doc.Newest.Size == 0 && strings.HasSuffix(doc.Newest.Key, "/"):
		return "an empty folder marker"
	case service != "":
		return "of " + service
	}
	return ""
}

// whoseDelivery says who else writes under the path. An object there then proves
// no delivery, because nothing documents the names of Immuta's objects. In the whole
// bucket everybody counts whom the bucket policy lets upload; where the policy could
// not be read, there is a gap.
func (e *export) whoseDelivery(doc *document.Delivery) (doubt string, gap *scanner.Gap) {
	others := []string{}
	if doc.Others != nil {
		others = slices.DeleteFunc(slices.Clone(doc.Others.Of), func(whose string) bool { return strings.HasPrefix(whose, "export ") })
	}
	switch {
	case len(doc.Exports) > 1:
		return "the exports " + strings.Join(doc.Exports, " and ") + " share the path", nil
	case len(others) > 0:
		return strings.Join(others, " and ") + " write there too", nil
	case doc.Prefix != "":
		return "", nil
	}
	policy := e.BucketPolicy()
	if policy.Gap != nil || policy.Policy == nil {
		return "", policy.Gap
	}
	own, _ := e.ownAccounts()
	for _, access := range view.Uploaders(policy.Doc, e.Target()) {
		whole := access.Principal.Kind == iam.ClassAccount && slices.Contains(own, access.Principal.Account)
		if !whole && access.Principal.Value != e.Writer.ARN {
			return "the path is the whole bucket, and its policy lets " + listed.Describe(&access.Principal) + " write there too", nil
		}
	}
	return "", nil
}

func (e *export) delivered(doc *document.Delivery, allowed time.Duration, createdMissing bool) fact.Delivery {
	v := fact.Delivery{
		Bucket: e.Config.Endpoint.Bucket, Prefix: e.Config.Prefix(),
		AllowedHours: int(allowed / time.Hour), RetentionDays: immutaRetention(e.Tenant.URL), LeftOutOf: []string{},
	}
	if doc.Others != nil {
		v.LeftOut, v.LeftOutOf = doc.Others.Objects, fact.NonNil(doc.Others.Of)
	}
	since := e.Config.CreatedAt // nothing has ever arrived
	if doc.Newest != nil {
		since = doc.Newest.LastModified
		age := max(0, e.Run.Now.Sub(since))
		v.NewestKey, v.NewestTime = doc.Newest.Key, since.UTC().Format(time.RFC3339)
		v.AgeHours, v.Fresh = int(age/time.Hour), age <= allowed
	} else if createdMissing {
		return v
	}
	if keeps := time.Duration(v.RetentionDays) * 24 * time.Hour; !v.Fresh && e.Run.Now.Sub(since) > keeps {
		v.LostSince = since.UTC().Format(time.DateOnly)
	}
	return v
}

// immutaRetention is for how many days Immuta keeps events: its hosted tenants
// live under a domain of its own.
func immutaRetention(tenant string) int {
	u, err := url.Parse(tenant)
	if err != nil {
		return retentionSelfManaged
	}
	host := strings.ToLower(u.Hostname())
	if host == "immutacloud.com" || strings.HasSuffix(host, ".immutacloud.com") {
		return retentionSaaS
	}
	return retentionSelfManaged
}

func (e *export) deliveryStatus(resource string, l *view.Look, v *fact.Delivery) scanner.FactStatus {
	text := "nothing lies under the path"
	pointer := ""
	if v.LeftOut > 0 {
		text = fmt.Sprintf("%d objects lie under the path, of %s", v.LeftOut, strings.Join(v.LeftOutOf, " and "))
	}
	if v.NewestKey != "" {
		text = fmt.Sprintf("the newest object %q is from %s, %d hours old", v.NewestKey, v.NewestTime, v.AgeHours)
		pointer = "/Newest"
	}
	return fact.Rests(resource, []string{l.Ref(), e.ConfigRef},
		fact.Note(l.At(pointer), text),
		fact.Note(e.ConfigAt("/interval"), fmt.Sprintf("an object is due every %d hours, grace included", v.AllowedHours)))
}

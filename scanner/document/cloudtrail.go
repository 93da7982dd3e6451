package document

// The kinds of evidence about CloudTrail trails and stores that may log who
// accesses a bucket's objects. The texts are the JSON that the AWS CLI prints
// for the call, cut down to what is judged.
const (
	KindTrails          Kind = "trails"            // Trails, from DescribeTrails in the bucket's region
	KindTrailStatus     Kind = "trail_status"      // TrailStatus
	KindEventSelectors  Kind = "event_selectors"   // EventSelectors
	KindEventDataStores Kind = "event_data_stores" // EventDataStores of one region
	KindEventDataStore  Kind = "event_data_store"  // EventDataStore
)

func cloudtrailRows() []row {
	return []row{
		{kind: KindTrails, noun: "list of trails", file: "trails", subject: SubjectTrail, aspect: AspectProtection, limit: listLimit},
		{kind: KindTrailStatus, noun: "trail's status", file: "trail-status", subject: SubjectTrail, aspect: AspectProtection, limit: settingLimit},
		{kind: KindEventSelectors, noun: "event selectors", file: "event-selectors", subject: SubjectTrail, aspect: AspectProtection, limit: selectorLimit},
		{kind: KindEventDataStores, noun: "list of event data stores", file: "event-data-stores", subject: SubjectTrail, aspect: AspectProtection, limit: listLimit},
		{kind: KindEventDataStore, noun: "event data store", file: "event-data-store", subject: SubjectTrail, aspect: AspectProtection, limit: selectorLimit},
	}
}

// Trails lists the trails that log events of one region: its own, and the
// shadows of trails of other regions and of the organization.
type Trails struct {
	Trails []Trail `json:"trailList"`
}

// Trail is one of them.
type Trail struct {
	ARN          string `json:"TrailARN"`
	HomeRegion   string `json:"HomeRegion"`
	MultiRegion  bool   `json:"IsMultiRegionTrail"`
	Organization bool   `json:"IsOrganizationTrail"`
}

// Logs reports whether the trail logs events of a region.
func (t *Trail) Logs(region string) bool { return t.MultiRegion || t.HomeRegion == region }

// Valid reports whether the text holds a list, which may be empty.
func (d *Trails) Valid() bool { return d.Trails != nil }

// TrailStatus says whether a trail is logging.
type TrailStatus struct {
	ARN       string `json:"TrailARN"`
	IsLogging *bool  `json:"IsLogging"`
	// DeliveryError says why the last log file did not reach its bucket. It is
	// empty where it did.
	DeliveryError string `json:"LatestDeliveryError,omitempty"`
}

// Valid reports whether the text says so.
func (d *TrailStatus) Valid() bool { return d.IsLogging != nil }

// On reports whether the trail logs and its files arrive.
func (d *TrailStatus) On() bool {
	return d.IsLogging != nil && *d.IsLogging && d.DeliveryError == ""
}

// EventSelectors say which events a trail logs. They are either basic or
// advanced.
type EventSelectors struct {
	ARN      string             `json:"TrailARN"`
	Basic    []BasicSelector    `json:"EventSelectors,omitempty"`
	Advanced []AdvancedSelector `json:"AdvancedEventSelectors,omitempty"`
}

// Valid reports whether the text names the trail.
func (d *EventSelectors) Valid() bool { return d.ARN != "" }

// BasicSelector logs events of resources.
type BasicSelector struct {
	ReadWriteType string         `json:"ReadWriteType"`
	DataResources []DataResource `json:"DataResources"`
}

// DataResource holds resources of one type, by the beginnings of their ARNs.
type DataResource struct {
	Type   string   `json:"Type"`
	Values []string `json:"Values"`
}

// AdvancedSelector logs the events that all of its fields match.
type AdvancedSelector struct {
	Name   string          `json:"Name,omitempty"`
	Fields []FieldSelector `json:"FieldSelectors"`
}

// FieldSelector compares one field of an event. Each operator that is set must
// hold: a positive one for any of its values, a negative one for all.
type FieldSelector struct {
	Field         string   `json:"Field"`
	Equals        []string `json:"Equals,omitempty"`
	StartsWith    []string `json:"StartsWith,omitempty"`
	EndsWith      []string `json:"EndsWith,omitempty"`
	NotEquals     []string `json:"NotEquals,omitempty"`
	NotStartsWith []string `json:"NotStartsWith,omitempty"`
	NotEndsWith   []string `json:"NotEndsWith,omitempty"`
}

// EventDataStores lists the stores of one account and region by their ARNs.
type EventDataStores struct {
	Stores []EventDataStoreName `json:"EventDataStores"`
}

// EventDataStoreName is one entry of the list.
type EventDataStoreName struct {
	ARN string `json:"EventDataStoreArn"`
}

// Valid reports whether the text holds a list, which may be empty.
func (d *EventDataStores) Valid() bool { return d.Stores != nil }

// EventDataStore is a store of CloudTrail Lake.
type EventDataStore struct {
	ARN          string             `json:"EventDataStoreArn"`
	Status       string             `json:"Status"`
	MultiRegion  bool               `json:"MultiRegionEnabled"`
	Organization bool               `json:"OrganizationEnabled"`
	Advanced     []AdvancedSelector `json:"AdvancedEventSelectors"`
}

// Valid reports whether the text names the store and its state.
func (d *EventDataStore) Valid() bool { return d.ARN != "" && d.Status != "" }

// On reports whether the store ingests events.
func (d *EventDataStore) On() bool { return d.Status == "ENABLED" }

// Unrecognised implements Recogniser.
func (d *EventDataStore) Unrecognised() string {
	return among("Status", d.Status, "", "CREATED", "ENABLED", "PENDING_DELETION", "STARTING_INGESTION", "STOPPING_INGESTION", "STOPPED_INGESTION")
}

// Unrecognised implements Recogniser.
func (d *EventSelectors) Unrecognised() string {
	return first(d.Basic, func(s *BasicSelector) string {
		return among("ReadWriteType", s.ReadWriteType, "All", readOnly, writeOnly)
	})
}

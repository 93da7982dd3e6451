package document

import "time"

// Delivery is what a bounded listing under the export's path found. Objects and
// Newest leave out objects that certainly belong to others.
type Delivery struct {
	Prefix   string  `json:"Prefix"`
	Objects  int     `json:"Objects"`  // seen in the pages that were read
	Complete bool    `json:"Complete"` // false: there were more pages than are read
	Newest   *Object `json:"Newest,omitempty"`
	// Since is the beginning of the first day in Days. It is zero in listings
	// of versions that did not count by day.
	Since time.Time     `json:"Since,omitzero"`
	Days  []DeliveryDay `json:"Days,omitempty"` // with objects, in order
	// Others are the objects left out: those of AWS services, and of exports to
	// a path below.
	Others *OtherObjects `json:"Others,omitempty"`
	// Exports are the ids of the enabled exports to this very path where there
	// are several, sorted. Nobody can tell whose object is whose.
	Exports []string `json:"Exports,omitempty"`
}

// DeliveryDay is what arrived on one day of UTC, by the objects' LastModified.
type DeliveryDay struct {
	Day     string    `json:"Day"` // YYYY-MM-DD
	Objects int       `json:"Objects"`
	Bytes   int64     `json:"Bytes"`
	First   time.Time `json:"First"`
	Last    time.Time `json:"Last"`
	// Silence is the longest time between two objects of the day. It is nil
	// where there are at most two objects, or where it is shorter than the
	// shortest interval of an export.
	Silence *Silence `json:"Silence,omitempty"`
}

// Silence is a time in which nothing arrived.
type Silence struct {
	From time.Time `json:"From"`
	To   time.Time `json:"To"`
}

// Silences are the times between arrivals since one moment and until another,
// in order. Within one day only the longest is known.
func (d *Delivery) Silences(since, until time.Time) (list []Silence) {
	last := since
	for i := range d.Days {
		day := &d.Days[i]
		spans := []Silence{{last, day.First}}
		switch {
		case day.Silence != nil:
			spans = append(spans, *day.Silence)
		case day.Objects == 2:
			spans = append(spans, Silence{day.First, day.Last})
		}
		for _, s := range spans {
			if s.From.Before(since) {
				s.From = since
			}
			if s.To.After(until) {
				s.To = until
			}
			if s.From.Before(s.To) {
				list = append(list, s)
			}
		}
		if day.Last.After(last) {
			last = day.Last
		}
	}
	if last.Before(until) {
		list = append(list, Silence{last, until})
	}
	return list
}

// OtherObjects are objects that belong to others.
type OtherObjects struct {
	Objects int      `json:"Objects"`
	Of      []string `json:"Of"` // services, and "export <id>"; sorted, the first that were met
}

// Object is one object of a listing.
type Object struct {
	Key          string    `json:"Key"`
	LastModified time.Time `json:"LastModified"`
	Size         int64     `json:"Size"` // bytes
	// Checksum is the algorithm of the checksum that S3 keeps: the uploader's,
	// or CRC64NVME where S3 computed one itself. It is empty where S3 keeps
	// none.
	Checksum string `json:"Checksum,omitempty"`
}

// Valid reports whether a listing with objects names the newest, and its days
// follow each other.
func (d *Delivery) Valid() bool {
	at := d.Since
	for i := range d.Days {
		day := &d.Days[i]
		if day.First.Before(at) || day.Last.Before(day.First) {
			return false
		}
		at = day.Last
	}
	return d.Newest != nil || d.Objects == 0
}

package immuta

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/listing"
	"github.com/trailguard/trailguard/scanner/redact"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// plannedForm is how the file of ParsePlanned looks.
const plannedForm = "give one configuration as Immuta lists them, without its id: enabled, interval and endpointConfiguration"

// plannedFields are those that the configuration of an export may have which is not
// made yet. Its name is for reports.
var plannedFields = []string{"name", "enabled", "interval", "endpointConfiguration"}

// ParsePlanned reads one configuration of an export that Immuta has not made yet, in
// JSON or YAML, as Immuta would list it. Its record has ExportConfiguration.Planned, and
// no gaps for what Immuta tells by making it. The name is the file's own for it, else
// the given one. Errors have the file's name.
func ParsePlanned(text []byte, name string, o FileOptions) (scanner.Record, error) {
	var members map[string]yamlfile.Value
	top, problems := yamlfile.Parse(text)
	if len(problems) == 0 {
		if top == nil || top.Kind != yamlfile.Mapping {
			return scanner.Record{}, fmt.Errorf("%s: this is no configuration of an export: %s", o.Name, plannedForm)
		}
		problems = yamlfile.Bind(top, &members)
	}
	if len(problems) > 0 {
		return scanner.Record{}, errors.New(problems[0].In(o.Name))
	}
	if given, ok := members["name"]; ok {
		if json.Unmarshal(given, &name) != nil || strings.TrimSpace(name) == "" {
			return scanner.Record{}, fmt.Errorf("%s:%d: name is no text", o.Name, top.LineOf("name"))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(members)) {
		switch {
		case field == "id":
			return scanner.Record{}, fmt.Errorf("%s:%d: an export that has an id is there already, and is in the snapshot once it is collected: leave the id out of what is yet to be made", o.Name, top.LineOf(field))
		case !slices.Contains(plannedFields, field):
			return scanner.Record{}, fmt.Errorf("%s:%d: %s is nothing that an export has before it is made: %s", o.Name, top.LineOf(field), field, plannedForm)
		}
	}
	if members["endpointConfiguration"] == nil {
		return scanner.Record{}, fmt.Errorf("%s: it has no endpointConfiguration: %s", o.Name, plannedForm)
	}
	item := map[string]json.RawMessage{}
	for field, value := range members {
		item[field] = json.RawMessage(value)
	}
	var err error
	if item["id"], err = json.Marshal(scanner.PlannedID(strings.TrimSpace(name))); err != nil {
		return scanner.Record{}, fmt.Errorf("%s: %w", o.Name, err)
	}
	whole, err := json.Marshal(item)
	if err != nil {
		return scanner.Record{}, fmt.Errorf("%s: %w", o.Name, err)
	}
	list := &listing.List{LeftOut: o.Name + " does not tell it", Planned: true, Items: []json.RawMessage{whole}}
	tenant, records := list.Build(listing.Source{Tenant: o.Tenant, URL: o.URL, At: o.At, Scrub: &redact.Scrubber{}})
	if len(records) != 1 || len(tenant.Gaps) > 0 {
		return scanner.Record{}, fmt.Errorf("%s: its name is too long", o.Name)
	}
	for _, gap := range records[0].Gaps {
		if gap.Reason == scanner.ReasonMalformed {
			field := cmp.Or(map[string]string{"endpoint": "endpointConfiguration"}[gap.Name], gap.Name)
			return scanner.Record{}, fmt.Errorf("%s:%d: %s is of an unknown form: %s", o.Name, top.LineOf(field), field, plannedForm)
		}
	}
	return records[0], nil
}

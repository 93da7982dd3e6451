package history

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// The kinds of shards. A run's last one holds what is no export of the
// snapshot: the tenants' own results, and exports that are gone.
const (
	shardExports = "exports"
	shardRest    = "rest"

	restNumber = -1 // no caller's shard has it
)

// member is what a shard keeps of one subject: what differs from run to run,
// and, where the run changed a row, a check by which Verify finds it.
type member struct {
	subject  int64
	changed  [tables]bool
	checks   [tables]uint32
	times    []time.Time // of each piece of evidence
	volatile []int64     // blobs of the volatile documents, in order
	requests []string    // request ids of the gaps
}

// The tables whose rows a shard's checks cover.
const (
	tableVersion = iota
	tableResult
	tableFinding
	tables
)

func tableName(table int) string { return [tables]string{"config_version", "result", "finding"}[table] }

// observe takes from a record what differs from run to run.
func (m *member) observe(p *packedRecord, ids func(key) int64) {
	for i := range p.record.Evidence {
		e := &p.record.Evidence[i]
		m.times = append(m.times, e.CollectedAt)
		if isVolatile(e.Kind) {
			m.volatile = append(m.volatile, ids(p.keys[i]))
		}
	}
	for i := range p.record.Gaps {
		m.requests = append(m.requests, p.record.Gaps[i].RequestID)
	}
}

// restore puts it back.
func (m *member) restore(k *keptRecord) error {
	if len(m.times) != len(k.record.Evidence) || len(m.requests) != len(k.record.Gaps) {
		return errCut
	}
	volatile := m.volatile
	for i := range k.record.Evidence {
		e := &k.record.Evidence[i]
		e.CollectedAt = m.times[i]
		if isVolatile(e.Kind) {
			if len(volatile) == 0 {
				return errCut
			}
			k.blobs[i], volatile = volatile[0], volatile[1:]
		}
	}
	for i := range k.record.Gaps {
		k.record.Gaps[i].RequestID = m.requests[i]
	}
	return nil
}

// packMembers writes members one field after the other, as differences where
// neighbours resemble each other, so that compression leaves little of them.
func packMembers(members []member, collected time.Time) []byte {
	w := writer{}
	w.number(uint64(len(members)))
	subject, blob := int64(0), int64(0)
	for i := range members {
		m := &members[i]
		w.signed(m.subject - subject)
		subject = m.subject
	}
	for i := range members {
		m := &members[i]
		for table := range tables {
			w.number(uint64(flag(m.changed[table])))
			if m.changed[table] {
				w.raw(binary.BigEndian.AppendUint32(nil, m.checks[table]))
			}
		}
	}
	last := collected
	for i := range members {
		m := &members[i]
		w.number(uint64(len(m.times)))
		for _, t := range m.times {
			packTime(&w, last, t)
			last = t
		}
	}
	for i := range members {
		m := &members[i]
		w.number(uint64(len(m.volatile)))
		for _, id := range m.volatile {
			w.signed(id - blob)
			blob = id
		}
		w.number(uint64(len(m.requests)))
		for _, r := range m.requests {
			w.text(r)
		}
	}
	return w.b
}

// packTime writes nothing but a zero for the time that stood before it.
func packTime(w *writer, last, t time.Time) {
	if t.Equal(last) {
		w.signed(0)
		return
	}
	seconds := t.Unix() - last.Unix()
	if seconds >= 0 {
		seconds++ // 0 means the same time
	}
	w.signed(seconds)
	w.number(uint64(t.Nanosecond()))
}

func unpackTime(r *reader, last time.Time) time.Time {
	seconds := r.signed()
	if seconds == 0 {
		return last
	}
	if seconds > 0 {
		seconds--
	}
	return time.Unix(last.Unix()+seconds, int64(r.number())).UTC()
}

func unpackMembers(b []byte, collected time.Time) ([]member, error) {
	r := reader{b: b}
	members := make([]member, r.count())
	subject, blob := int64(0), int64(0)
	for i := range members {
		subject += r.signed()
		members[i].subject = subject
	}
	for i := range members {
		for table := range tables {
			if r.number() == 0 {
				continue
			}
			members[i].changed[table] = true
			if check := r.take(4); len(check) == 4 {
				members[i].checks[table] = binary.BigEndian.Uint32(check)
			}
		}
	}
	last := collected
	for i := range members {
		members[i].times = make([]time.Time, r.count())
		for j := range members[i].times {
			last = unpackTime(&r, last)
			members[i].times[j] = last
		}
	}
	for i := range members {
		members[i].volatile = make([]int64, r.count())
		for j := range members[i].volatile {
			blob += r.signed()
			members[i].volatile[j] = blob
		}
		members[i].requests = make([]string, r.count())
		for j := range members[i].requests {
			members[i].requests[j] = r.text()
		}
	}
	return members, r.end()
}

// change is what a run did to the rows of one subject.
type change struct {
	tenant, export string
	opened, closed [tables - 1]*key // versions and results, by their digests
	findings       []episode        // opened and closed by the run, sorted
}

// sections are the bytes that stand for the change in each table; empty where
// nothing was done.
func (c *change) sections() [tables][]byte {
	var out [tables][]byte
	for table := range tables {
		w := writer{}
		w.text(c.tenant)
		w.text(c.export)
		head := len(w.b)
		if table == tableFinding {
			for i := range c.findings {
				c.findings[i].section(&w)
			}
		} else {
			for _, k := range []*key{c.opened[table], c.closed[table]} {
				if k != nil {
					w.raw(k[:])
				}
			}
			if c.opened[table] != nil || c.closed[table] != nil {
				w.number(uint64(flag(c.opened[table] != nil)))
			}
		}
		if len(w.b) > head {
			out[table] = w.b
		}
	}
	return out
}

// seal notes the change in the member and in the shard's content.
func (c *change) seal(m *member, content *writer) {
	for table, section := range c.sections() {
		if len(section) == 0 {
			continue
		}
		sum := sha256.Sum256(section)
		m.changed[table], m.checks[table] = true, binary.BigEndian.Uint32(sum[:4])
		content.number(uint64(table))
		content.bytes(section)
	}
}

// statusesByRule are a subject's statuses by rule.
func statusesByRule(results []scanner.Result) map[string]scanner.Status {
	statuses := make(map[string]scanner.Status, len(results))
	for i := range results {
		statuses[results[i].RuleID] = results[i].Status
	}
	return statuses
}

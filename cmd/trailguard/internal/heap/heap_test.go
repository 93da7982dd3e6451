package heap

import (
	"math"
	"testing"
	"testing/fstest"
)

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		megabytes uint64
		want      int
	}{{0, 400}, {4, 400}, {50, 400}, {64, 300}, {80, 220}, {128, 100}, {160, 60}, {5000, 60}} {
		if got := percent(tt.megabytes << 20); got != tt.want {
			t.Errorf("%d MB are alive: the heap grows by %d %%, want %d", tt.megabytes, got, tt.want)
		}
	}
}

func TestContainerLimit(t *testing.T) {
	const v1, v2, own = "sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory.max", "proc/self/cgroup"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  uint64 // 0: there is none
	}{
		{"no container", map[string]string{"etc/passwd": ""}, 0},
		{"version 2", map[string]string{v2: "1073741824\n"}, 1 << 30},
		{"version 2 without a limit", map[string]string{v2: "max\n"}, 0},
		{"version 1", map[string]string{v1: "536870912\n"}, 512 << 20},
		{"version 1 without a limit", map[string]string{v1: "9223372036854771712\n"}, 0},
		{"what is no number", map[string]string{v2: "much"}, 0},
		{"nothing", map[string]string{v2: "0\n"}, 0},
		{"a unit of systemd", map[string]string{
			own: "0::/system.slice/trailguard.service\n", "sys/fs/cgroup/system.slice/trailguard.service/memory.max": "1073741824\n",
		}, 1 << 30},
		{"slowed down before", map[string]string{
			own: "0::/a\n", "sys/fs/cgroup/a/memory.max": "1073741824\n", "sys/fs/cgroup/a/memory.high": "536870912\n",
		}, 512 << 20},
		{"the group above has less", map[string]string{
			own: "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "1073741824\n", v2: "max\n",
		}, 1 << 30},
		{"version 1 in a group", map[string]string{
			own: "12:cpu,cpuacct:/x\n4:memory:/batch/run\n", "sys/fs/cgroup/memory/batch/run/memory.limit_in_bytes": "536870912\n", v1: "9223372036854771712\n",
		}, 512 << 20},
		{"a group that is not mounted", map[string]string{own: "0::/docker/abc\n", v2: "1073741824\n"}, 1 << 30},
		{"a path that leads outside", map[string]string{own: "0::/../..\n", v2: "1073741824\n"}, 1 << 30},
		{"what is no list of groups", map[string]string{own: "::\nx\n\n", v2: "1073741824\n"}, 1 << 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tt.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got, ok := containerLimit(root)
			if ok != (tt.want > 0) || (ok && got != tt.want) {
				t.Errorf("limit %d, %v; want %d", got, ok, tt.want)
			}
		})
	}
}

func TestExceeded(t *testing.T) {
	const limit = 100
	for _, tt := range []struct {
		name  string
		sizes []uint64 // before and after a collection
		want  bool
	}{
		{"little", []uint64{limit}, false},
		{"garbage", []uint64{limit + 1, limit}, false},
		{"alive", []uint64{limit + 1, limit + 1}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := 0
			got := exceeded(func() uint64 { at++; return tt.sizes[at-1] }, limit)
			if got != tt.want || at != len(tt.sizes) {
				t.Errorf("%v after %d looks", got, at)
			}
		})
	}
	if got := objects(); got == 0 || got > 1<<30 {
		t.Errorf("%d bytes are alive in a test", got)
	}
}

func TestAllowed(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	if got := allowed(); got <= 0 || got > ceiling {
		t.Errorf("without a limit %d bytes", got)
	}
	t.Setenv("GOMEMLIMIT", "off")
	if got := allowed(); got != math.MaxInt64 {
		t.Errorf("with the limit off %d bytes", got)
	}
}

package memory

import (
	"testing"
	"testing/fstest"
)

func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		megabytes uint64
		want      int
	}{{0, 400}, {4, 400}, {100, 400}, {128, 300}, {200, 150}, {256, 100}, {300, 100}, {5000, 100}} {
		if got := percent(tt.megabytes << 20); got != tt.want {
			t.Errorf("%d MB are alive: the heap grows by %d %%, want %d", tt.megabytes, got, tt.want)
		}
	}
}

func TestContainerLimit(t *testing.T) {
	type files map[string]string
	for _, tt := range []struct {
		name  string
		files files
		want  uint64
	}{
		{"not Linux", nil, 0},
		{"no limit", files{"proc/self/cgroup": "0::/\n"}, 0},
		{"a container", files{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		{"a container that sees the host's path", files{"proc/self/cgroup": "0::/kubepods/pod1\n", "sys/fs/cgroup/memory.max": "1073741824\n"}, 1 << 30},
		{"a service", files{
			"proc/self/cgroup":                                   "0::/system.slice/scan.service\n",
			"sys/fs/cgroup/system.slice/memory.max":              "max\n",
			"sys/fs/cgroup/system.slice/scan.service/memory.max": "536870912\n",
		}, 512 << 20},
		{"the lowest of several", files{
			"proc/self/cgroup":                                   "0::/system.slice/scan.service\n",
			"sys/fs/cgroup/system.slice/memory.max":              "268435456\n",
			"sys/fs/cgroup/system.slice/scan.service/memory.max": "536870912\n",
		}, 256 << 20},
		{"version 1", files{
			"proc/self/cgroup": "5:cpu:/x\n4:memory:/docker/1\n0::/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
		}, 1 << 30},
		{"version 1 without a limit", files{
			"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		{"what is no number", files{"proc/self/cgroup": "0::/\nodd\n", "sys/fs/cgroup/memory.max": "much"}, 0},
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

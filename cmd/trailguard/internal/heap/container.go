package heap

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// containerLimit returns the lowest memory limit, in bytes, among the control groups
// that the process is in, of version 1 or 2. A container has such a group, and so has
// a unit of systemd. It reports false where there is no limit.
func containerLimit(root fs.FS) (uint64, bool) {
	groups, _ := fs.ReadFile(root, "proc/self/cgroup") // without it, the root's limit counts
	least, found := uint64(1)<<62, false
	for _, v := range []struct {
		folder, controller string
		files              []string
	}{
		{"sys/fs/cgroup", "", []string{"memory.max", "memory.high"}}, // beyond high the kernel slows the process down
		{"sys/fs/cgroup/memory", "memory", []string{"memory.limit_in_bytes"}},
	} {
		for group := ownGroup(string(groups), v.controller); ; group = path.Dir(group) {
			for _, file := range v.files {
				if limit, ok := readLimit(root, path.Join(v.folder, group, file)); ok && limit < least {
					least, found = limit, true
				}
			}
			if group == "/" {
				break
			}
		}
	}
	return least, found
}

// ownGroup returns the path of the process's group for a controller; version 2 has one for
// all of them. A line is NUMBER:CONTROLLERS:PATH.
func ownGroup(groups, controller string) string {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		for name := range strings.SplitSeq(fields[1], ",") {
			if name == controller {
				return path.Clean("/" + fields[2])
			}
		}
	}
	return "/"
}

// readLimit reads a file that holds a number of bytes. Version 2 writes "max" for no limit, version 1 the
// largest number of whole pages.
func readLimit(root fs.FS, name string) (uint64, bool) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return limit, err == nil && limit > 0 && limit < 1<<62
}

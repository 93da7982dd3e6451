package evidence_test

import (
	"context"
	"crypto/elliptic"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/authority"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/evidence"
)

func startAuthority(t *testing.T) *authority.Authority {
	t.Helper()
	a, err := authority.Start(noon)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// stamped makes a pack with a time stamp.
func stamped(a *authority.Authority) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, signature []byte) ([]byte, error) {
		return evidence.Stamp(ctx, a.URL, signature)
	}
}

// readmeCommands are the commands of a pack's README, as it shows them.
var readmeCommands = regexp.MustCompile(`(?m)^  ((?:sha256sum|find|ssh-keygen|openssl) .*)$`)

// The README's commands verify a pack with programs that auditors have.
func TestReadmeCommandsVerify(t *testing.T) {
	short.Skip(t)
	for _, tool := range []string{"sh", "tar", "unzip", "sha256sum", "ssh-keygen", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	a := startAuthority(t)
	for name, tt := range map[string]struct {
		key      signedBy
		ending   string
		commands int
	}{
		"ssh ed25519": {sshKey(t, ed25519Key(t), ""), ".tar.gz", 5},
		"ssh ecdsa":   {sshKey(t, ecdsaKey(t, elliptic.P256()), ""), ".zip", 5},
		"ssh rsa":     {sshKey(t, rsaKey(t, 3072), ""), ".tar.gz", 5},
		"pem ed25519": {pemKey(t, ed25519Key(t)), ".tar.gz", 6},
		"pem ecdsa":   {pemKey(t, ecdsaKey(t, elliptic.P384())), ".zip", 6},
		"pem rsa":     {pemKey(t, rsaKey(t, 2048)), ".tgz", 6},
	} {
		t.Run(name, func(t *testing.T) {
			outside, folder := t.TempDir(), t.TempDir()
			save(t, filepath.Join(outside, "allowed"), []byte("audit@example.com "+tt.key.public+"\n"))
			save(t, filepath.Join(outside, "key.pem"), []byte(tt.key.public))
			save(t, filepath.Join(outside, "authority.pem"), a.Certificates)
			path := makePack(t, tt.ending, content(), evidence.Options{Signer: tt.key.signer(t), Stamp: stamped(a)})
			unpackBy := "tar -xzf " + path
			if tt.ending == ".zip" {
				unpackBy = "unzip -q " + path
			}
			sh(t, folder, unpackBy, true)
			found := readmeCommands.FindAllStringSubmatch(unpack(t, path)["README.txt"], -1)
			if len(found) != tt.commands {
				t.Errorf("the README shows %d commands: %q", len(found), found)
			}
			// openssl ts checks whether a certificate is valid now, and the
			// authority's is.
			for _, c := range found {
				command := strings.NewReplacer("ALLOWED_SIGNERS", outside+"/allowed", "IDENTITY", "audit@example.com",
					"KEY.pem", outside+"/key.pem", "AUTHORITY.pem", outside+"/authority.pem").Replace(c[1])
				out := sh(t, folder, command, true)
				if strings.HasPrefix(command, "find") {
					if n := strings.Fields(out); len(n) != 2 || n[0] != n[1] {
						t.Errorf("%s printed %q", command, out)
					}
				}
				if strings.Contains(command, "| sha256sum") && !strings.HasPrefix(out, tt.key.signer(t).Key().Fingerprint) {
					t.Errorf("%s printed %q", command, out)
				}
			}
			// They refuse what was altered.
			save(t, filepath.Join(folder, "report.json"), []byte("{}"))
			sh(t, folder, "sha256sum -c MANIFEST.sha256", false)
			save(t, filepath.Join(folder, "MANIFEST.sha256"), []byte("x"))
			for _, c := range found {
				if strings.Contains(c[1], "-verify ") && !strings.Contains(c[1], "openssl ts") || strings.Contains(c[1], "-Y verify") {
					sh(t, folder, strings.NewReplacer("ALLOWED_SIGNERS", outside+"/allowed", "IDENTITY", "audit@example.com",
						"KEY.pem", outside+"/key.pem").Replace(c[1]), false)
				}
			}
		})
	}
}

// sh runs a command in a folder, which must succeed or fail.
func sh(t *testing.T, folder, command string, succeeds bool) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", command)
	c.Dir = folder
	out, err := c.CombinedOutput()
	if succeeds != (err == nil) {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// A time stamp says when the pack was signed; it counts only where an authority
// vouches for it.
func TestTimestamp(t *testing.T) {
	a, other := startAuthority(t), startAuthority(t)
	key := sshKey(t, ed25519Key(t), "")
	path := makePack(t, ".tar.gz", content(), evidence.Options{Signer: key.signer(t), Stamp: stamped(a)})
	pool, err := evidence.Authorities("a.pem", a.Certificates)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := evidence.Read(t.Context(), path, evidence.Criteria{Trust: key.trust(t), At: noon, Authorities: pool})
	if err != nil || !pack.Timestamp.Checked || !pack.Timestamp.Time.Equal(noon) || pack.Timestamp.Authority != "CN=Test time stamps" {
		t.Errorf("%+v, %v", pack, err)
	}
	if pack, err = read(t, path, key.trust(t)); err != nil || pack.Timestamp.Checked {
		t.Errorf("without anybody to vouch for it: %+v, %v", pack, err)
	}
	strange, err := evidence.Authorities("b.pem", other.Certificates)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Read(t.Context(), path, evidence.Criteria{Trust: key.trust(t), At: noon, Authorities: strange}); !isAltered(err) || !strings.Contains(err.Error(), "nobody vouches for") {
		t.Errorf("by another authority: %v", err)
	}
	// A key that has expired since was valid when the stamp was made.
	expired := allow(t, `audit valid-before="20260401Z" `+key.public)
	later := noon.AddDate(1, 0, 0)
	if _, err := evidence.Read(t.Context(), path, evidence.Criteria{Trust: expired, At: later, Authorities: pool}); err != nil {
		t.Errorf("with the stamp: %v", err)
	}
	if _, err := evidence.Read(t.Context(), path, evidence.Criteria{Trust: expired, At: later}); !isAltered(err) {
		t.Errorf("without anybody to vouch for it: %v", err)
	}
	// A stamp that was removed or replaced is noticed.
	files := unpack(t, path)
	stamp := files[evidence.TimestampName]
	for name, edit := range map[string]func(){
		"taken out": func() { delete(files, evidence.TimestampName) },
		"another":   func() { files[evidence.TimestampName] = stamp[:len(stamp)-1] + "x" },
	} {
		edit()
		if _, err := read(t, repack(t, "tar.gz", files), key.trust(t)); !isAltered(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An authority that answers something else leaves no pack.
func TestAuthorityThatIsNone(t *testing.T) {
	a := startAuthority(t)
	earlier, err := evidence.Stamp(t.Context(), a.URL, []byte("earlier"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		spoil func([]byte) []byte
		want  string
	}{
		"nothing":           {func([]byte) []byte { return nil }, "no authority for time stamps"},
		"junk":              {func([]byte) []byte { return []byte("<html>") }, "no authority for time stamps"},
		"a bad signature":   {func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, ""},
		"an earlier answer": {func([]byte) []byte { return earlier }, "it is about something else"},
		"very much":         {func([]byte) []byte { return make([]byte, 2<<20) }, "too large"},
	} {
		a.Spoil = tt.spoil
		if _, err := evidence.Stamp(t.Context(), a.URL, []byte("now")); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that it is told when nobody waits any more
		<-r.Context().Done()
	}))
	defer hangs.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := evidence.Stamp(ctx, hangs.URL, []byte("now")); err == nil || !strings.Contains(err.Error(), hangs.URL+" did not answer in time: try again") {
		t.Errorf("an authority that does not answer: %v", err)
	}
	a.Spoil = func([]byte) []byte { return earlier }
	if _, err := evidence.Stamp(t.Context(), a.URL, []byte("earlier")); err == nil || !strings.Contains(err.Error(), "answers another question") {
		t.Errorf("an answer given before: %v", err)
	}
	for _, address := range []string{"", "tsa.example.com", "file:///etc/passwd", "https://me:secret@tsa.example.com"} {
		if err := evidence.CheckAddress(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPeriod(t *testing.T) {
	p := evidence.Period{From: "2026-02-27", To: "2026-03-02"}
	days, missing := p.Missing([]time.Time{noon, noon.AddDate(0, 0, -2)})
	if days != 4 || strings.Join(missing, " ") != "2026-02-27 2026-03-01" {
		t.Errorf("%d days, %q missing", days, missing)
	}
	// The day is that of UTC, wherever the run was.
	east := time.Date(2026, 3, 3, 1, 0, 0, 0, time.FixedZone("", 2*3600))
	if !p.Holds(east) || p.Holds(noon.AddDate(0, 0, 1)) || p.Holds(noon.AddDate(0, 0, -4)) {
		t.Error("the wrong days are in the period")
	}
	for _, p := range []evidence.Period{{From: "2026-03-02", To: "2026-03-01"}, {From: "x", To: "2026-03-01"}, {From: "2026-02-30", To: "2026-03-01"}, {From: "1900-01-01", To: "2026-03-01"}} {
		if p.Check() == nil {
			t.Errorf("%+v is a period", p)
		}
	}
}

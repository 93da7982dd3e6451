package evidence

import (
	_ "embed" // the text below
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// readmeText holds names in capital letters between braces, for readme to replace.
//
//go:embed readme.txt
var readmeText string

// readme returns the text that says how to verify a pack. Each command is a line of
// its own that begins with two blanks, so that it can be found.
func readme(o *Options) []byte {
	signed, again := signedText(o)
	stamped := ""
	if o.Stamp != nil {
		stamped = fmt.Sprintf(`
3. The signature existed at the time that an authority says (RFC 3161).
   AUTHORITY.pem is a file of yours with the authority's certificates.

  openssl ts -verify -data %[1]s -in %[2]s -CAfile AUTHORITY.pem

  openssl ts -reply -in %[2]s -text
`, SignatureName, TimestampName)
	}
	if o.Signer != nil {
		stamped += fmt.Sprintf(`
%s says the same once more for programs: a statement
of in-toto about the manifest, signed by the same key in an envelope (DSSE).
`, StatementName)
	}
	var results strings.Builder
	for i := range o.Results {
		results.WriteString(resultText(&o.Results[i]))
	}
	return []byte(strings.NewReplacer(
		"{TOOL}", o.Tool.Name, "{VERSION}", o.Tool.Version, "{MANIFEST}", ManifestName,
		"{RESULTS}", results.String(), "{SIGNED}", signed, "{STAMPED}", stamped, "{AGAIN}", again,
	).Replace(readmeText))
}

// resultText describes the result of one judging.
func resultText(r *Result) string {
	const layout = "2006-01-02 15:04:05 UTC"
	complete := "yes"
	if why := r.Lacking(); why != "" {
		complete = "NO: " + why + ", which is not a pass"
	}
	n := func(s scanner.Status) int { return r.ByStatus[s] }
	return fmt.Sprintf(`
  %s
    evidence collected  %s
    judged as of        %s
    exports             %d
    results             %d passed, %d failed, %d unknown,
                        %d errors, %d not applicable
    findings waived     %d
    gaps                %d
    complete            %s
`, r.Report, r.CollectedAt.UTC().Format(layout), r.EvaluatedAt.UTC().Format(layout), r.Exports,
		n(scanner.StatusPass), n(scanner.StatusFail), n(scanner.StatusUnknown), n(scanner.StatusError), n(scanner.StatusNotApplicable),
		r.Waived, r.Gaps, complete)
}

// signedText says how to verify who signed, without trailguard and with it.
func signedText(o *Options) (signed, again string) {
	if o.Signer == nil {
		return "2. Who made the pack cannot be verified: it is not signed.",
			"  trailguard evidence verify PACK (which refuses a pack that is not signed)"
	}
	key := o.Signer.Key()
	if key.Kind == KindSSH {
		return fmt.Sprintf(`2. The manifest was signed by somebody whom you trust. ALLOWED_SIGNERS is a file
   of yours with a line for each of them, such as
   auditor@example.com ssh-ed25519 AAAA...
   and IDENTITY is the name at the beginning of that line.

  ssh-keygen -Y verify -f ALLOWED_SIGNERS -I IDENTITY -n %s -s %s < %s

   The pack says that it was signed by %s
   %s`, Namespace, SignatureName, ManifestName, key.Type, key.Fingerprint),
			"  trailguard evidence verify PACK --allowed-signers ALLOWED_SIGNERS --identity IDENTITY"
	}
	command := fmt.Sprintf("openssl dgst -sha256 -verify KEY.pem -signature %s %s", SignatureName, ManifestName)
	if key.Type == typeEd25519 { // it signs the manifest itself, not its SHA-256
		command = fmt.Sprintf("openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in %s -sigfile %s", ManifestName, SignatureName)
	}
	return fmt.Sprintf(`2. The manifest was signed by the key that you trust. KEY.pem is a file of yours
   with its public half.

  %s

   The pack says that it was signed by %s, of which the SHA-256 is
   %s

  openssl pkey -pubin -in KEY.pem -outform DER | sha256sum`, command, key.Type, key.Fingerprint),
		"  trailguard evidence verify PACK --key KEY.pem"
}

package snapshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
	"github.com/trailguard/trailguard/scanner/wholefile"
)

// ErrApprovalMismatch says that an approval is for another snapshot than the
// one beside it, which was altered or replaced since.
var ErrApprovalMismatch = errors.New("the approval is for another snapshot")

// ApprovalPath is where the approval of a snapshot is kept.
func ApprovalPath(snapshotPath string) string { return snapshotPath + ".approval.json" }

// maxApproval bounds the size of an approval file in bytes.
const maxApproval = 1 << 20

// WriteApproval writes an approval beside its snapshot, and replaces an earlier
// one.
func WriteApproval(snapshotPath string, approval scanner.Approval) error {
	approval.At = utc(approval.At)
	text, err := json.Marshal(approval, jsontext.AllowInvalidUTF8(true), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("write approval of %s: %w", snapshotPath, err)
	}
	file, err := wholefile.Create(ApprovalPath(snapshotPath))
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(append(text, '\n')); err != nil {
		return err
	}
	return file.Commit()
}

// ReadApproval returns the approval of the snapshot with a digest. The error is
// fs.ErrNotExist where there is none, ErrApprovalMismatch where another
// snapshot was approved, and an *Error for anything else.
func ReadApproval(snapshotPath, digest string) (*scanner.Approval, error) {
	path := ApprovalPath(snapshotPath)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not approved: %w", snapshotPath, fs.ErrNotExist)
	}
	if err != nil {
		return nil, &Error{Name: path, Problem: "open", Advice: "check that it may be read", Err: bare(err)}
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxApproval))
	if err != nil {
		return nil, &Error{Name: path, Problem: "read", Err: bare(err)}
	}
	var approval scanner.Approval
	if err := json.Unmarshal(text, &approval, lines.Decoding()); err != nil {
		return nil, &Error{Name: path, Problem: "not a valid approval", Advice: "approve the snapshot again", Err: lines.Describe(err)}
	}
	if approval.Digest != digest {
		return nil, &Error{
			Name: path, Problem: fmt.Sprintf("%s approved the snapshot %.12s, and %s is %.12s", approval.By, approval.Digest, snapshotPath, digest),
			Advice: "use the approved snapshot, or look at this one and approve it", Err: ErrApprovalMismatch,
		}
	}
	if approval.Digest == "" || approval.By == "" || approval.Reason == "" || approval.At.IsZero() {
		return nil, &Error{Name: path, Problem: "the approval lacks digest, time, name or reason", Advice: "approve the snapshot again"}
	}
	return &approval, nil
}

package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// maxTimestamp bounds the answer of an authority, in bytes.
const maxTimestamp = 1 << 20

// patience is how long an authority may take to answer.
const patience = 30 * time.Second

// Stamp asks the authority at an address for a time stamp over a message (RFC
// 3161), and returns its answer. It sends only the message's SHA-256.
func Stamp(ctx context.Context, address string, message []byte) ([]byte, error) {
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, err
	}
	query, err := timestamp.CreateRequest(bytes.NewReader(message), &timestamp.RequestOptions{Hash: crypto.SHA256, Certificates: true, Nonce: nonce})
	if err != nil {
		return nil, fmt.Errorf("ask for a time stamp: %w", err)
	}
	answer, err := ask(ctx, address, query)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("ask for a time stamp: %s did not answer in time: try again, or another authority", address)
	case err != nil:
		return nil, fmt.Errorf("ask for a time stamp: %w", err)
	}
	stamp, err := parseStamp(answer, message)
	if err != nil {
		return nil, fmt.Errorf("the time stamp of %s: %w", address, err)
	}
	if stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0 {
		return nil, fmt.Errorf("the time stamp of %s answers another question", address)
	}
	return answer, nil
}

// CheckAddress refuses a text that is not the address of an authority.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return errors.New("write the authority's address as http:// or https://, without a name and password")
	}
	return nil
}

func ask(ctx context.Context, address string, query []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/timestamp-query")
	// Only the given address is contacted: redirects are not followed.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", address, response.Status)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxTimestamp+1))
	if err == nil && len(answer) > maxTimestamp {
		err = errors.New("the answer is too large")
	}
	return answer, err
}

// Timestamp is what a time stamp says.
type Timestamp struct {
	Time      time.Time `json:"time"`
	Authority string    `json:"authority"` // the name that it gives itself
	// Checked says that the given certificates vouch for the authority.
	Checked bool `json:"checked"`
}

// parseStamp reads an answer. It must be about the message, and its signature must
// match the certificate that it carries.
func parseStamp(answer, message []byte) (*timestamp.Timestamp, error) {
	stamp, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("no authority for time stamps (RFC 3161) answers so: %w", err)
	}
	sum := sha256.Sum256(message)
	switch {
	case len(stamp.Certificates) == 0:
		return nil, errors.New("it carries no certificate, so it cannot be checked")
	case stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, sum[:]):
		return nil, errors.New("it is about something else")
	}
	return stamp, nil
}

// Authorities reads certificates that are trusted to vouch for time stamps.
func Authorities(name string, text []byte) (*x509.CertPool, error) {
	pool, some := x509.NewCertPool(), false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: a %q in it is not a certificate", name, block.Type)
		}
		pool.AddCert(certificate)
		some = true
	}
	if !some {
		return nil, fmt.Errorf("%s holds no certificate in PEM", name)
	}
	return pool, nil
}

// checkStamp reads a time stamp over a message, and says whether authorities vouch for
// it; nil: none is known.
func checkStamp(answer, message []byte, authorities *x509.CertPool) (*Timestamp, error) {
	stamp, err := parseStamp(answer, message)
	if err != nil {
		return nil, altered("%s: %v", TimestampName, err)
	}
	token, err := pkcs7.Parse(stamp.RawToken)
	if err != nil {
		return nil, altered("%s: %v", TimestampName, err)
	}
	signer := token.GetOnlySigner()
	if signer == nil {
		return nil, altered("%s: it is not signed by one authority", TimestampName)
	}
	t := &Timestamp{Time: stamp.Time.UTC(), Authority: signer.Subject.String()}
	if authorities == nil {
		return t, nil
	}
	between := x509.NewCertPool()
	for _, c := range token.Certificates {
		between.AddCert(c)
	}
	if _, err := signer.Verify(x509.VerifyOptions{
		Roots: authorities, Intermediates: between, CurrentTime: stamp.Time,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	}); err != nil {
		return nil, altered("%s: nobody vouches for %s: %v", TimestampName, t.Authority, err)
	}
	t.Checked = true
	return t, nil
}

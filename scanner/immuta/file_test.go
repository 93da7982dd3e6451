package immuta

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
)

func parse(text string) (scanner.Tenant, []scanner.Record, error) {
	return ParseFile(strings.NewReader(text), FileOptions{Name: "exports.json", Tenant: "acme", URL: "https://acme.example.com/", At: testTime})
}

const (
	one = `{"id":"a","interval":"EVERY_2_HOURS","enabled":true,"connectionStatus":"SUCCESS","createdAt":"2026-01-01T00:00:00Z","createdBy":{"id":"1"},"updatedAt":null,"updatedBy":null,
"endpointConfiguration":{"__typename":"S3AssumedRoleEndpointConfiguration","bucket":"b","path":"p","region":"r","roleArn":"arn:aws:iam::111111111111:role/r"}}`
	// documented is the shape of examples in documents: an alias for the ADLS
	// path, and commas where none belong.
	documented = `{
  "data": {
    "getAllExportConfigurations": [
      {
        "id": "a",
        "interval": "EVERY_12_HOURS",
        "enabled": true,
        "endpointConfiguration": {
          "__typename": "AdlsSasTokenEndpointConfiguration",
          "storageAccount": "s",
          "fileSystem": "f, ]",
          "adlsPath": "a\"b,}",
        },
      },
    ],
  },
}
`
)

func TestFileForms(t *testing.T) {
	for name, text := range map[string]string{
		"graphql":         `{"data":{"getAllExportConfigurations":[` + one + `]}}`,
		"without data":    `{"getAllExportConfigurations":[` + one + `]}`,
		"bare":            `[` + one + `]`,
		"command line":    `{"exportConfigurations":[` + one + `]}`,
		"items and count": `{"items":[` + one + `],"count":1}`,
		"data list":       `{"data":[` + one + `,],}`,
		"byte order mark": "\xEF\xBB\xBF[" + one + "]",
		"PowerShell":      utf16Text(binary.LittleEndian, "["+one+"]\r\n"),
		"big-endian":      utf16Text(binary.BigEndian, "["+one+"]"),
	} {
		t.Run(name, func(t *testing.T) {
			tenant, records, err := parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if !tenant.Complete || tenant.Name != "acme" || tenant.URL != "https://acme.example.com" || cmp.Diff([]string{"a"}, tenant.ConfigurationIDs) != "" {
				t.Errorf("tenant %+v", tenant)
			}
			if c := records[0].Configuration; c.Endpoint.Bucket != "b" || !c.Enabled || len(records[0].Gaps) != 0 {
				t.Errorf("record %+v", records[0])
			}
			if e := records[0].Evidence[0]; e.Resource != "https://acme.example.com#a" || !e.CollectedAt.Equal(testTime) {
				t.Errorf("evidence %+v", e)
			}
		})
	}
}

func utf16Text(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range append([]uint16{0xFEFF}, utf16.Encode([]rune(text))...) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func TestDocumentedExample(t *testing.T) {
	_, records, err := parse(documented)
	if err != nil {
		t.Fatal(err)
	}
	c := records[0].Configuration
	if c.Endpoint.Path != `a"b,}` || c.Endpoint.FileSystem != "f, ]" || c.Endpoint.Type != scanner.EndpointADLS {
		t.Errorf("endpoint %+v", c.Endpoint)
	}
	if diff := cmp.Diff([]string{"connectionStatus", "createdAt", "createdBy", "updatedAt", "updatedBy"}, c.Missing); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(records[0].Gaps[0].Detail, "the file does not hold it") {
		t.Errorf("gap %+v", records[0].Gaps[0])
	}
}

func TestFileWithoutTypeNames(t *testing.T) {
	for fields, want := range map[string]scanner.Endpoint{
		`"bucket":"b","path":"","region":"r","roleArn":"arn:aws:iam::111111111111:role/r"`: {
			Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: "b", Region: "r", RoleARN: "arn:aws:iam::111111111111:role/r", RoleARNSource: "immuta",
		},
		`"bucket":"b","path":"","region":"r"`:              {Type: scanner.EndpointS3, Authentication: scanner.AuthenticationUnknown, Bucket: "b", Region: "r"},
		`"storageAccount":"s","fileSystem":"f","path":"p"`: {Type: scanner.EndpointADLS, Authentication: scanner.AuthenticationUnknown, StorageAccount: "s", FileSystem: "f", Path: "p"},
		`"somethingElse":"s"`:                              {Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown},
	} {
		_, records, err := parse(`[{"id":"a","endpointConfiguration":{` + fields + `}}]`)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, records[0].Configuration.Endpoint); diff != "" {
			t.Errorf("%s: %s", fields, diff)
		}
	}
}

func TestFilesThatAreIncomplete(t *testing.T) {
	for name, text := range map[string]string{
		"errors beside data": `{"errors":[{"message":"boom"}],"data":{"getAllExportConfigurations":[` + one + `]}}`,
		"first page":         `{"items":[` + one + `],"totalCount":12}`,
		"null item":          `[` + one + `,null]`,
		"twice":              `[` + one + `,` + one + `]`,
	} {
		tenant, records, err := parse(text)
		if err != nil || tenant.Complete || len(tenant.Gaps) == 0 || len(records) != 1 {
			t.Errorf("%s: %v, tenant %+v", name, err, tenant)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"empty":             {"", "read exports exports.json: the file is empty"},
		"white":             {" \n", "the file is empty"},
		"HTML":              {page, "line 1, column 1: this is not JSON"},
		"cut off":           {"[\n  {\"id\": \"a\"", "line 2, column 13: the file ends in the middle of a value"},
		"missing comma":     {"[{\n\"id\": \"ä\" \"interval\": 1}]", "line 2, column 11: this is not JSON"},
		"two commas":        {"[1,,2]", "line 1, column 4: this is not JSON"},
		"only a comma":      {"[,]", "line 1, column 2: this is not JSON"},
		"a name twice":      {`[{"id":"a","id":"b"}]`, "line 1, column 12: this is not JSON: duplicate"},
		"two values":        {"[] []", "line 1, column 4: this is not JSON"},
		"null":              {"null", "holds no list of export configurations"},
		"text":              {`"x"`, "holds no list"},
		"number":            {`{"data":7}`, "holds no list"},
		"one configuration": {one, "holds no list"},
		"other answer":      {`{"data":{"users":[]}}`, "holds no list"},
		"empty data":        {`{"data":{}}`, "holds no list"},
		"null list":         {`{"data":{"getAllExportConfigurations":null}}`, "holds no list"},
		"deep":              {strings.Repeat(`{"data":`, 9) + "[]" + strings.Repeat("}", 9), "holds no list"},
		"failed answer":     {`{"errors":[{"message":"Unknown\ntype \"X\""}],"data":null}`, `an answer that failed, not a list: Unknown type "X"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, records, err := parse(test.text)
			if _, ok := errors.AsType[*FileError](err); !ok || !strings.Contains(err.Error(), test.says) || records != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	_, _, err := ParseFile(iotest.ErrReader(io.ErrClosedPipe), FileOptions{Name: "f"})
	if err == nil || !strings.Contains(err.Error(), "read exports f: io: read/write on closed pipe") {
		t.Errorf("error %v", err)
	}
	_, _, err = ParseFile(strings.NewReader("[          ]"), FileOptions{Name: "f", MaxBytes: 5})
	if err == nil || !strings.Contains(err.Error(), "larger than 5 bytes") {
		t.Errorf("error %v", err)
	}
}

func TestFileOfNoTenant(t *testing.T) {
	tenant, _, err := ParseFile(strings.NewReader("[]"), FileOptions{Name: "f.json", Tenant: "acme"})
	if err != nil || tenant.URL != "file:f.json" || !tenant.Complete {
		t.Errorf("%+v, %v", tenant, err)
	}
}

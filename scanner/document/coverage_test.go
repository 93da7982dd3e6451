package document_test

import (
	"encoding/json"
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

// TestCoverage: what selectors log of the objects below a path, as CloudTrail
// documents their fields. The worst is to take a part for all.
func TestCoverage(t *testing.T) {
	const objects = "arn:aws:s3:::audit/immuta/"
	data := `{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}`
	advanced := func(fields ...string) string {
		text := `{"TrailARN":"t","AdvancedEventSelectors":[`
		for i, f := range fields {
			if i > 0 {
				text += ","
			}
			text += `{"FieldSelectors":[` + f + `]}`
		}
		return text + "]}"
	}
	basic := func(kind, value string) string {
		return `{"TrailARN":"t","EventSelectors":[{"ReadWriteType":"` + kind + `","DataResources":[{"Type":"AWS::S3::Object","Values":["` + value + `"]}]}]}`
	}
	all, part, none := document.LoggedAll, document.LoggedPart, document.LoggedNone
	for name, tt := range map[string]struct {
		text          string
		reads, writes document.Logged
	}{
		"management events alone":       {`{"TrailARN":"t","EventSelectors":[{"ReadWriteType":"All","DataResources":[]}]}`, none, none},
		"all buckets":                   {basic("All", "arn:aws:s3"), all, all},
		"all buckets, long":             {basic("All", "arn:aws:s3:::"), all, all},
		"the bucket":                    {basic("All", "arn:aws:s3:::audit/"), all, all},
		"the path":                      {basic("All", "arn:aws:s3:::audit/immuta/"), all, all},
		"a path below":                  {basic("All", "arn:aws:s3:::audit/immuta/2026"), part, part},
		"another path":                  {basic("All", "arn:aws:s3:::audit/other/"), none, none},
		"a bucket of the same start":    {basic("All", "arn:aws:s3:::aud"), none, none},
		"a bucket of a longer name":     {basic("All", "arn:aws:s3:::audit-old/"), none, none},
		"another partition":             {basic("All", "arn:aws-cn:s3"), none, none},
		"reads":                         {basic("ReadOnly", "arn:aws:s3:::audit/"), all, none},
		"writes":                        {basic("WriteOnly", "arn:aws:s3:::audit/"), none, all},
		"functions":                     {`{"TrailARN":"t","EventSelectors":[{"ReadWriteType":"All","DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:s3"]}]}]}`, none, none},
		"advanced, all":                 {advanced(data), all, all},
		"advanced, not of data":         {advanced(`{"Field":"eventCategory","Equals":["Management"]}`), none, none},
		"advanced, without a category":  {advanced(`{"Field":"resources.type","Equals":["AWS::S3::Object"]}`), none, none},
		"advanced, other resources":     {advanced(`{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::AccessPoint"]}`), none, none},
		"advanced, reads":               {advanced(data + `,{"Field":"readOnly","Equals":["true"]}`), all, none},
		"advanced, side by side":        {advanced(data+`,{"Field":"readOnly","Equals":["true"]}`, data+`,{"Field":"readOnly","Equals":["false"]}`), all, all},
		"advanced, the bucket":          {advanced(data + `,{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::x/","arn:aws:s3:::audit/"]}`), all, all},
		"advanced, one object":          {advanced(data + `,{"Field":"resources.ARN","Equals":["arn:aws:s3:::audit/immuta/x"]}`), part, part},
		"advanced, but the path":        {advanced(data + `,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::audit/immuta/"]}`), none, none},
		"advanced, but the bucket":      {advanced(data + `,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::audit/"]}`), none, none},
		"advanced, but a path below":    {advanced(data + `,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::audit/immuta/tmp"]}`), part, part},
		"advanced, but another bucket":  {advanced(data + `,{"Field":"resources.ARN","NotStartsWith":["arn:aws:s3:::logs/"]}`), all, all},
		"advanced, but one object":      {advanced(data + `,{"Field":"resources.ARN","NotEquals":["arn:aws:s3:::audit/immuta/x"]}`), part, part},
		"advanced, but some ends":       {advanced(data + `,{"Field":"resources.ARN","NotEndsWith":[".tmp"]}`), part, part},
		"advanced, deletions alone":     {advanced(data + `,{"Field":"eventName","Equals":["DeleteObject"]}`), none, none},
		"advanced, changes by name":     {advanced(data + `,{"Field":"eventName","Equals":["DeleteObject","PutObject"]}`), none, all},
		"advanced, but heads":           {advanced(data + `,{"Field":"eventName","NotEquals":["HeadObject"]}`), all, all},
		"advanced, but gets":            {advanced(data + `,{"Field":"eventName","NotStartsWith":["Get"]}`), none, all},
		"advanced, but one caller":      {advanced(data + `,{"Field":"userIdentity.arn","NotStartsWith":["arn:aws:sts::1:assumed-role/etl/"]}`), part, part},
		"advanced, a field of tomorrow": {advanced(data + `,{"Field":"mood","Equals":["good"]}`), part, part},
	} {
		var d document.EventSelectors
		if err := json.Unmarshal([]byte(tt.text), &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := d.Covers(objects); got.Reads != tt.reads || got.Writes != tt.writes {
			t.Errorf("%s: reads %s, writes %s; want %s, %s", name, got.Reads, got.Writes, tt.reads, tt.writes)
		}
	}
}

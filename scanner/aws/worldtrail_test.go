package aws

import (
	"fmt"
	"io"
	"net/http"
)

const (
	theTrail = "arn:aws:cloudtrail:us-east-1:" + home + ":trail/main"
	theStore = "arn:aws:cloudtrail:eu-west-1:" + home + ":eventdatastore/lake"
)

// trail answers as CloudTrail does: a trail of all regions whose shadow shows in
// every region, one of us-west-2 alone, and an event data store in eu-west-1 on the
// second page of the list there. What was made in one region only that region tells.
func (w *world) trail(out http.ResponseWriter, q *request) {
	var body string
	switch {
	case q.op == "LookupEvents":
		body = w.events(q)
	case q.op == "DescribeTrails":
		body = fmt.Sprintf(`{"trailList":[{"Name":"west","TrailARN":"arn:aws:cloudtrail:us-west-2:%s:trail/west","HomeRegion":"us-west-2","IsMultiRegionTrail":false},`+
			`{"Name":"main","TrailARN":%q,"HomeRegion":"us-east-1","IsMultiRegionTrail":true,"S3BucketName":"logs"}]}`, home, theTrail)
	case q.op == "GetTrailStatus" && q.subject == theTrail:
		body = `{"IsLogging":true,"LatestDeliveryTime":1700000000}`
	case q.op == "GetTrailStatus" && q.region == "us-west-2":
		body = `{"IsLogging":false}`
	case q.op == "GetEventSelectors" && q.region == "us-west-2":
		body = fmt.Sprintf(`{"TrailARN":%q,"EventSelectors":[]}`, q.subject)
	case q.op == "GetEventSelectors" && q.subject == theTrail && q.region == "us-east-1":
		body = fmt.Sprintf(`{"TrailARN":%q,"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,`+
			`"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::acme-audit/"]}]}]}`, theTrail)
	case q.op == "ListEventDataStores" && q.region != "eu-west-1":
		body = `{"EventDataStores":[]}`
	case q.op == "ListEventDataStores" && q.subject == "":
		body = `{"EventDataStores":[],"NextToken":"2"}`
	case q.op == "ListEventDataStores":
		body = fmt.Sprintf(`{"EventDataStores":[{"EventDataStoreArn":%q,"Name":"lake"}]}`, theStore)
	case q.op == "GetEventDataStore" && q.subject == theStore && q.region == "eu-west-1":
		body = fmt.Sprintf(`{"EventDataStoreArn":%q,"Status":"ENABLED","MultiRegionEnabled":true,"AdvancedEventSelectors":[{"FieldSelectors":`+
			`[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`, theStore)
	default:
		q.refuse(out, http.StatusNotFound, "TrailNotFoundException", "there is none in this region")
		return
	}
	q.ids(out)
	_, _ = io.WriteString(out, body)
}

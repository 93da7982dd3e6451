package document

import (
	"regexp"
	"slices"
	"strings"
)

// serviceFolders are folders that only AWS itself writes to, and the service
// that does.
var serviceFolders = map[string]string{
	"AWSLogs":          "AWS log delivery", // CloudTrail, Config, load balancers, flow logs, WAF
	"AWSDynamoDB":      "DynamoDB exports",
	"StorageLens":      "S3 Storage Lens",
	"elasticmapreduce": "EMR",
}

// serviceNames are names that AWS gives to objects that it writes elsewhere.
var serviceNames = []struct {
	name    *regexp.Regexp
	service string
}{
	{regexp.MustCompile(`^\d{4}(-\d\d){5}-[0-9A-F]{16}$`), "S3 access logging"},
	{regexp.MustCompile(`^E[0-9A-Z]{9,13}\.\d{4}(-\d\d){3}\.[0-9a-f]{8}\.(gz|parquet)$`), "CloudFront"},
	{regexp.MustCompile(`^aws-logs-write-test$`), "CloudWatch Logs"},
	{regexp.MustCompile(`^ConfigWritabilityCheckFile$`), "Config"},
}

// inventoryTime matches the folder of an inventory's manifest.
var inventoryTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d-\d\dZ$`)

// ServiceOf names the AWS service that alone writes objects with such a key,
// according to that service's documents. It is empty where anybody may have
// written it.
func ServiceOf(key string) string {
	parts := strings.Split(key, "/")
	for _, folder := range parts[:len(parts)-1] {
		if service := serviceFolders[folder]; service != "" {
			return service
		}
	}
	name := parts[len(parts)-1]
	if len(parts) > 1 && inventoryTime.MatchString(parts[len(parts)-2]) && strings.HasPrefix(name, "manifest.") {
		return "S3 Inventory"
	}
	for i := range serviceNames {
		if serviceNames[i].name.MatchString(name) {
			return serviceNames[i].service
		}
	}
	return ""
}

// othersShown bounds how many others a listing names.
const othersShown = 10

// Add counts an object that belongs to somebody else.
func (o *OtherObjects) Add(whose string) {
	o.Objects++
	if at, found := slices.BinarySearch(o.Of, whose); !found && len(o.Of) < othersShown {
		o.Of = slices.Insert(o.Of, at, whose)
	}
}

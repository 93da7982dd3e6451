package aws

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func (w *world) sts(out http.ResponseWriter, q *request) {
	switch q.op {
	case "GetCallerIdentity":
		q.xml(out, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%[1]s:user/reader</Arn><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, q.account)
	case "AssumeRole":
		id, ok := w.trusts[q.subject]
		if !ok || id != q.query.Get("ExternalId") {
			q.refuse(out, http.StatusForbidden, "AccessDenied", "not authorized to perform: sts:AssumeRole")
			return
		}
		q.xml(out, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AS%s</AccessKeyId><SecretAccessKey>assumed-secret</SecretAccessKey><SessionToken>assumed-token</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			parseARN(q.subject).Account)
	}
}

func (w *world) document(text string) string {
	if !w.plainText {
		text = strings.ReplaceAll(url.PathEscape(text), "+", "%2B")
	}
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

func (w *world) iam(out http.ResponseWriter, q *request) {
	respond := func(format string, args ...any) {
		q.xml(out, "<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", q.op, fmt.Sprintf(format, args...))
	}
	missing := func() { q.refuse(out, http.StatusNotFound, "NoSuchEntity", q.subject+" cannot be found") }
	kind := "Role"
	principals := w.roles
	switch {
	case strings.Contains(q.op, "User") || strings.Contains(q.op, "AccessKeys"):
		kind, principals = "User", w.users
	case strings.Contains(q.op, "Group"):
		kind, principals = "Group", w.groups
	}
	p := principals[q.account+"/"+q.subject]
	switch q.op {
	case "GetAccountAuthorizationDetails":
		w.authorization(respond, q)
		return
	case "GetPolicy":
		if _, ok := w.managed[q.subject]; !ok {
			missing()
			return
		}
		respond("<Policy><Arn>%s</Arn><DefaultVersionId>v3</DefaultVersionId></Policy>", q.subject)
		return
	case "GetPolicyVersion":
		respond("<PolicyVersion><VersionId>%s</VersionId><Document>%s</Document></PolicyVersion>", q.query.Get("VersionId"), w.document(w.managed[q.subject]))
		return
	case "GetAccessKeyLastUsed":
		respond("<UserName>uploader</UserName><AccessKeyLastUsed><LastUsedDate>2026-02-01T00:00:00Z</LastUsedDate><Region>N/A</Region><ServiceName>s3</ServiceName></AccessKeyLastUsed>")
		return
	}
	if p == nil {
		missing()
		return
	}
	switch q.op {
	case "GetRole", "GetUser":
		extra := ""
		if p.boundary != "" {
			extra = "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>" + p.boundary + "</PermissionsBoundaryArn></PermissionsBoundary>"
		}
		if kind == "Role" {
			extra += "<AssumeRolePolicyDocument>" + w.document(p.trust) + "</AssumeRolePolicyDocument><RoleLastUsed><LastUsedDate>2026-02-28T00:00:00Z</LastUsedDate><Region>eu-west-1</Region></RoleLastUsed>"
		}
		respond("<%[1]s><Path>%[2]s</Path><%[1]sName>%[3]s</%[1]sName><%[1]sId>ID1</%[1]sId><Arn>arn:aws:iam::%[4]s:%[5]s%[2]s%[3]s</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate>%[6]s<Tags><member><Key>team</Key><Value>audit</Value></member></Tags></%[1]s>",
			kind, p.path, q.subject, q.account, strings.ToLower(kind), extra)
	case "ListAttached" + kind + "Policies":
		w.attached(respond, q, p)
	case "List" + kind + "Policies":
		respond("<IsTruncated>false</IsTruncated><PolicyNames>%s</PolicyNames>", members(sortedKeys(p.inline)))
	case "Get" + kind + "Policy":
		respond("<%[1]sName>%[2]s</%[1]sName><PolicyName>%[3]s</PolicyName><PolicyDocument>%[4]s</PolicyDocument>", kind, q.subject, q.query.Get("PolicyName"), w.document(p.inline[q.query.Get("PolicyName")]))
	case "ListGroupsForUser":
		var body strings.Builder
		for _, g := range p.groups {
			fmt.Fprintf(&body, "<member><Path>/</Path><GroupName>%[1]s</GroupName><GroupId>G</GroupId><Arn>arn:aws:iam::%[2]s:group/%[1]s</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate></member>", g, q.account)
		}
		respond("<IsTruncated>false</IsTruncated><Groups>%s</Groups>", body.String())
	case "ListAccessKeys":
		var body strings.Builder
		for _, id := range sortedKeys(p.keys) {
			fmt.Fprintf(&body, "<member><UserName>%s</UserName><AccessKeyId>%s</AccessKeyId><Status>Active</Status><CreateDate>%s</CreateDate></member>", q.subject, id, p.keys[id])
		}
		respond("<IsTruncated>false</IsTruncated><AccessKeyMetadata>%s</AccessKeyMetadata>", body.String())
	}
}

// attached lists one policy a page.
func (w *world) attached(respond func(string, ...any), q *request, p *fakePrincipal) {
	at := 0
	_, _ = fmt.Sscanf(q.query.Get("Marker"), "page-%d", &at)
	if at >= len(p.attached) {
		respond("<IsTruncated>false</IsTruncated><AttachedPolicies/>")
		return
	}
	respond("<IsTruncated>%t</IsTruncated><Marker>page-%d</Marker><AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>%s</PolicyArn></member></AttachedPolicies>",
		at+1 < len(p.attached), at+1, p.attached[at])
}

func members(names []string) string {
	var out strings.Builder
	for _, name := range names {
		out.WriteString("<member>" + name + "</member>")
	}
	return out.String()
}

func (w *world) kms(out http.ResponseWriter, q *request) {
	id := q.subject
	if target, ok := w.aliases[id]; ok && q.op == "DescribeKey" {
		id = target
	}
	policy, ok := w.keys[id]
	switch {
	case !ok:
		q.refuse(out, http.StatusBadRequest, "NotFoundException", "Key does not exist")
		return
	case q.op == "GetKeyPolicy" && parseARN(id).Account != q.account:
		q.refuse(out, http.StatusBadRequest, "AccessDeniedException", "not your key")
		return
	}
	q.ids(out)
	out.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if q.op == "GetKeyPolicy" {
		_ = json.NewEncoder(out).Encode(map[string]string{"Policy": policy})
		return
	}
	if q.op == "ListGrants" {
		_ = json.NewEncoder(out).Encode(keyGrants(q.query.Get("Marker")))
		return
	}
	if q.op == "GetKeyRotationStatus" {
		_ = json.NewEncoder(out).Encode(map[string]any{"KeyId": id, "KeyRotationEnabled": true, "RotationPeriodInDays": 180, "NextRotationDate": 1735689600.5})
		return
	}
	_ = json.NewEncoder(out).Encode(map[string]any{"KeyMetadata": map[string]any{
		"AWSAccountId": parseARN(id).Account, "Arn": id, "KeyId": strings.TrimPrefix(parseARN(id).Resource, "key/"),
		"Enabled": true, "KeyState": "Enabled", "KeyManager": "CUSTOMER", "CreationDate": 1735689600.5,
	}})
}

func contains(list []string, text string) bool {
	for _, item := range list {
		if item == text {
			return true
		}
	}
	return false
}

// keyGrants are the grants on every key, of which one page holds two.
func keyGrants(marker string) map[string]any {
	list := []map[string]any{
		{
			"GrantId": "9", "GranteePrincipal": roleARN, "Operations": []string{"GenerateDataKey", "Decrypt"}, "RetiringPrincipal": roleARN,
			"Constraints": map[string]any{"EncryptionContextEquals": map[string]string{"aws:s3:arn": bucketARN}},
		},
		{
			"GrantId": "8", "GranteePrincipal": "rds.eu-west-1.amazonaws.com", "Operations": []string{"Decrypt"},
			"Constraints": map[string]any{"EncryptionContextSubset": map[string]string{"aws:rds:db-id": "db"}},
		},
		{"GrantId": "7", "GranteeServicePrincipal": "s3.amazonaws.com", "Operations": []string{"Decrypt"}, "Constraints": map[string]any{"SourceArn": bucketARN}},
	}
	if marker == "" {
		return map[string]any{"Grants": list[:2], "Truncated": true, "NextMarker": "next"}
	}
	return map[string]any{"Grants": list[2:], "Truncated": false}
}

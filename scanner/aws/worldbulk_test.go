package aws

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// authorization lists what the account has, a page at a time.
func (w *world) authorization(respond func(string, ...any), q *request) {
	var filter []string
	for i := 1; q.query.Has(fmt.Sprintf("Filter.member.%d", i)); i++ {
		filter = append(filter, q.query.Get(fmt.Sprintf("Filter.member.%d", i)))
	}
	entries := w.entries(q.account, filter)
	start, _ := strconv.Atoi(q.query.Get("Marker"))
	size, _ := strconv.Atoi(q.query.Get("MaxItems"))
	if w.bulkPage > 0 {
		size = min(size, w.bulkPage)
	}
	end := min(start+size, len(entries))
	lists := map[string]string{}
	for _, e := range entries[min(start, end):end] {
		lists[e[0]] += "<member>" + e[1] + "</member>"
	}
	var page strings.Builder
	fmt.Fprintf(&page, "<IsTruncated>%t</IsTruncated>", end < len(entries))
	if end < len(entries) {
		fmt.Fprintf(&page, "<Marker>%d</Marker>", end)
	}
	for _, name := range []string{"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"} {
		fmt.Fprintf(&page, "<%[1]s>%[2]s</%[1]s>", name, lists[name])
	}
	text := page.String()
	if w.inBulk != nil {
		text = w.inBulk(text)
	}
	respond("%s", text)
}

// entries are list and entry, in the order of the types' names and then theirs.
func (w *world) entries(account string, filter []string) [][2]string {
	var all [][2]string
	for _, kind := range []string{"User", "Group", "Role"} {
		principals := map[string]map[string]*fakePrincipal{"User": w.users, "Group": w.groups, "Role": w.roles}[kind]
		for _, key := range sortedKeys(principals) {
			if name, ok := strings.CutPrefix(key, account+"/"); ok && slices.Contains(filter, kind) {
				all = append(all, [2]string{kind + "DetailList", w.entry(kind, account, name, principals[key])})
			}
		}
	}
	for _, arn := range sortedKeys(w.managed) {
		entity := map[bool]string{true: "AWSManagedPolicy", false: "LocalManagedPolicy"}[parseARN(arn).Account == "aws"]
		if !slices.Contains(filter, entity) || entity == "LocalManagedPolicy" && parseARN(arn).Account != account {
			continue
		}
		all = append(all, [2]string{"Policies", fmt.Sprintf(`<Arn>%s</Arn><DefaultVersionId>v3</DefaultVersionId><PolicyVersionList>`+
			`<member><Document>%s</Document><VersionId>v3</VersionId><IsDefaultVersion>true</IsDefaultVersion></member>`+
			`<member><Document>%s</Document><VersionId>v2</VersionId><IsDefaultVersion>false</IsDefaultVersion></member></PolicyVersionList>`,
			arn, w.document(w.managed[arn]), w.document(trustPolicy))})
	}
	return all
}

func (w *world) entry(kind, account, name string, p *fakePrincipal) string {
	var out strings.Builder
	fmt.Fprintf(&out, "<Path>%[2]s</Path><%[1]sName>%[3]s</%[1]sName><%[1]sId>ID1</%[1]sId><Arn>arn:aws:iam::%[4]s:%[5]s%[2]s%[3]s</Arn><CreateDate>2025-01-01T00:00:00Z</CreateDate>",
		kind, p.path, name, account, strings.ToLower(kind))
	if p.boundary != "" {
		fmt.Fprintf(&out, "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>%s</PermissionsBoundaryArn></PermissionsBoundary>", p.boundary)
	}
	if kind != "Group" {
		out.WriteString("<Tags><member><Key>team</Key><Value>audit</Value></member></Tags>")
	}
	if kind == "Role" {
		fmt.Fprintf(&out, "<AssumeRolePolicyDocument>%s</AssumeRolePolicyDocument>", w.document(p.trust))
	}
	if kind == "User" {
		fmt.Fprintf(&out, "<GroupList>%s</GroupList>", members(p.groups))
	}
	out.WriteString("<AttachedManagedPolicies>")
	for _, arn := range p.attached {
		fmt.Fprintf(&out, "<member><PolicyName>p</PolicyName><PolicyArn>%s</PolicyArn></member>", arn)
	}
	fmt.Fprintf(&out, "</AttachedManagedPolicies><%sPolicyList>", kind)
	for _, inline := range sortedKeys(p.inline) {
		fmt.Fprintf(&out, "<member><PolicyName>%s</PolicyName><PolicyDocument>%s</PolicyDocument></member>", inline, w.document(p.inline[inline]))
	}
	fmt.Fprintf(&out, "</%sPolicyList>", kind)
	return out.String()
}

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
	"github.com/trailguard/trailguard/scanner/iam"
)

var (
	randomWorlds = flag.Int("random-worlds", 30, "how many random worlds TestFixesNeverOpenMore mends")
	randomFrom   = flag.Uint64("random-from", 0, "the number of the first of them")
)

// dice make policies out of few words, so that statements and requests often meet.
type dice struct{ *rand.Rand }

func pickOne[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// oneOrMore is a value, or a list of some.
func (d dice) oneOrMore(from ...string) any {
	if d.chance(60) {
		return pickOne(d, from...)
	}
	var list []string
	for range 1 + d.IntN(3) {
		list = append(list, pickOne(d, from...))
	}
	return list
}

const (
	neighbourID = "7d3f1b52-9a60-4e8b-8c17-25f4e9d0a6b3"
	opsAdmin    = "arn:aws:iam::111111111111:role/ops-admin"
	otherRole   = "arn:aws:iam::111111111111:role/etl"
	foreignRole = "arn:aws:iam::444444444444:role/etl"
	immutaRoot  = "arn:aws:iam::222222222222:root"
	immutaRole  = "arn:aws:iam::222222222222:role/immuta"
)

func callers() []string {
	return []string{
		auditRole, opsAdmin, otherRole, foreignRole, immutaRole, "arn:aws:iam::111111111111:root", "arn:aws:iam::444444444444:root",
		"logging.s3.amazonaws.com", "ec2.amazonaws.com", iam.Anonymous,
	}
}

func (d dice) principal() any {
	if d.chance(20) {
		return "*"
	}
	arns := []string{auditRole, opsAdmin, otherRole, foreignRole, immutaRoot, immutaRole, "222222222222", "arn:aws:iam::111111111111:root", "444444444444", "AROA1234567890EXAMPLE", "*"}
	who := map[string]any{"AWS": d.oneOrMore(arns...)}
	if d.chance(15) {
		who["Service"] = d.oneOrMore("logging.s3.amazonaws.com", "ec2.amazonaws.com")
	}
	return who
}

func (d dice) condition() any {
	operator := pickOne(d, "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "ArnEquals", "ArnNotEquals", "ArnNotLike", "Null", "Bool")
	switch operator {
	case "Bool":
		return map[string]any{operator: map[string]any{pickOne(d, "aws:SecureTransport", "AWS:securetransport"): pickOne(d, "false", "true")}}
	case "Null":
		return map[string]any{operator: map[string]any{pickOne(d, "s3:x-amz-server-side-encryption", "sts:ExternalId"): pickOne(d, "false", "true")}}
	case "ArnEquals", "ArnNotEquals", "ArnNotLike":
		return map[string]any{operator: map[string]any{pickOne(d, "aws:PrincipalArn", "AWS:PrincipalARN"): d.oneOrMore(auditRole, opsAdmin, otherRole, foreignRole)}}
	}
	switch d.IntN(3) {
	case 0:
		return map[string]any{operator: map[string]any{pickOne(d, "sts:ExternalId", "STS:externalid"): d.oneOrMore(auditID, neighbourID, "old-id", "*")}}
	case 1:
		return map[string]any{operator: map[string]any{"aws:PrincipalAccount": d.oneOrMore("111111111111", "222222222222", "444444444444")}}
	default:
		return map[string]any{operator: map[string]any{"aws:SourceAccount": d.oneOrMore("111111111111", "444444444444")}}
	}
}

func policyKinds() []document.Kind {
	return []document.Kind{document.KindBucketPolicy, document.KindTrustPolicy, document.KindIdentityPolicy, document.KindKeyPolicy}
}

// statement is one for a kind of policy.
func (d dice) statement(kind document.Kind) map[string]any {
	s := map[string]any{"Effect": "Allow"}
	if d.chance(35) {
		s["Effect"] = "Deny"
	}
	if d.chance(50) {
		s["Sid"] = pickOne(d, "A", "DenyPlainHTTP", "NobodyElseWrites", "WriteTheTrail") + fmt.Sprint(d.IntN(1000))
	}
	actions := []string{"s3:PutObject", "s3:*", "s3:Put*", "s3:GetObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy", "*"}
	resources := []string{auditBucket, auditBucket + "/*", auditTarget, auditBucket + "/immuta2/*", auditBucket + "/immuta/x/*", "*"}
	switch kind {
	case document.KindTrustPolicy:
		actions, resources = []string{"sts:AssumeRole", "sts:*", "sts:AssumeRole", "sts:TagSession"}, nil
	case document.KindKeyPolicy:
		actions, resources = []string{"kms:GenerateDataKey", "kms:Decrypt", "kms:*", "kms:GenerateDataKey*", "kms:PutKeyPolicy"}, []string{"*"}
	case document.KindIdentityPolicy:
		actions, resources = append(actions, "kms:GenerateDataKey", "kms:Decrypt", "glue:GetTable"), append(resources, keyHere, keyThere)
	default:
	}
	action, resource := "Action", "Resource"
	if d.chance(8) {
		action = "NotAction"
	}
	if d.chance(8) {
		resource = "NotResource"
	}
	s[action] = d.oneOrMore(actions...)
	if resources != nil {
		s[resource] = d.oneOrMore(resources...)
	}
	if kind != document.KindIdentityPolicy {
		s["Principal"] = d.principal()
	}
	if d.chance(45) {
		s["Condition"] = d.condition()
	}
	return s
}

// policy has what is right, more often than not, and what is not.
func (d dice) policy(kind document.Kind, right ...string) string {
	var list []any
	for _, text := range right {
		var s any
		if err := json.Unmarshal([]byte(text), &s); err == nil && d.chance(70) {
			list = append(list, s)
		}
	}
	for range d.IntN(3) {
		list = append(list, d.statement(kind))
	}
	if len(list) == 0 {
		list = append(list, d.statement(kind))
	}
	d.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	if len(list) == 1 && d.chance(30) {
		return document.Encode(map[string]any{"Version": "2012-10-17", "Statement": list[0]})
	}
	return document.Encode(map[string]any{"Version": "2012-10-17", "Statement": list})
}

// site is a world whose policies are thrown, and what is right in them.
type site struct {
	*seen

	account string // of the bucket and the key; the writer is of account 111111111111
	key     string
	right   map[document.Kind][]string
}

// sites have the bucket and its key in the writer's account, and in another, which has
// to allow as well.
func sites(t *testing.T) []site {
	t.Helper()
	here, there := lets(named(auditRole), useKey, "*", ""), lets(named("arn:aws:iam::333333333333:root"), `"kms:*"`, "*", "")
	use := may(useKey, keyThere)
	return []site{
		{see(t, mended(t, healthyWorld(), nil, append(encryptedWith(keyHere, here), file(identityFile, mayPut)))), "111111111111", keyHere, map[document.Kind][]string{
			document.KindBucketPolicy: {httpAlone, confines(auditRole)}, document.KindTrustPolicy: {trustImmuta},
			document.KindIdentityPolicy: {mayPut}, document.KindKeyPolicy: {trustKey, here},
		}},
		{see(t, mended(t, healthyWorld(), nil, slices.Concat(abroad, encryptedWith(keyThere, there, here), []edit{file(identityFile, mayPut, use)}))), "333333333333", keyThere, map[document.Kind][]string{
			document.KindBucketPolicy: {httpAlone, confines(auditRole), lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")}, document.KindTrustPolicy: {trustImmuta},
			document.KindIdentityPolicy: {mayPut, use}, document.KindKeyPolicy: {there, here},
		}},
	}
}

// randomWorld has the policies of an export, or of two that share all of them, thrown.
type randomWorld struct {
	*site

	header  scanner.Header
	tenants []scanner.Tenant
	records []*scanner.Record
	next    int
}

func (w *randomWorld) Header() scanner.Header    { return w.header }
func (w *randomWorld) Tenants() []scanner.Tenant { return w.tenants }

func (w *randomWorld) Next() (*scanner.Record, error) {
	if w.next == len(w.records) {
		return nil, io.EOF
	}
	w.next++
	return w.records[w.next-1], nil
}

func (d dice) world(of *site, header scanner.Header, tenants []scanner.Tenant) *randomWorld {
	texts := map[document.Kind]string{}
	for _, kind := range policyKinds() {
		texts[kind] = d.policy(kind, of.right[kind]...)
	}
	record := func() *scanner.Record {
		r := *of.records[0]
		r.Evidence = slices.Clone(r.Evidence)
		for i := range r.Evidence {
			if e := &r.Evidence[i]; texts[e.Kind] != "" {
				e.Text, e.Digest = texts[e.Kind], scanner.Digest(texts[e.Kind])
			}
		}
		return &r
	}
	w := &randomWorld{site: of, header: header, tenants: slices.Clone(tenants), records: []*scanner.Record{record()}}
	if d.chance(30) {
		neighbour := record()
		neighbour.Configuration.ID, neighbour.Configuration.Endpoint.Path = neighbourID, "immuta2"
		w.records = append(w.records, neighbour)
		w.tenants[0].ConfigurationIDs = []string{auditID, neighbourID}
	}
	return w
}

// TestFixesNeverOpenMore throws worlds, mends what fails in them, and asks the documents
// before and after by themselves: whatever is allowed after a fix and was not before is
// what the export needs. All ten thousand:
//
//	go test ./cmd/trailguard -run TestFixesNeverOpenMore -args -random-worlds 10000
func TestFixesNeverOpenMore(t *testing.T) {
	short.Skip(t)
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	all := sites(t)
	fixed := map[document.Kind]int{}
	rules := map[string]int{}
	for n := range uint64(*randomWorlds) {
		d := dice{rand.New(rand.NewPCG(*randomFrom+n, 7))}
		of := &all[n%uint64(len(all))]
		source := of.open(t)
		w := d.world(of, source.Header(), source.Tenants())
		f, err := pipeline.ReadFixer(w, pipeline.JudgeOptions{Engine: engine, Settings: w.header.Settings, AsOf: sandboxNow, Parallel: 1})
		if err != nil {
			t.Fatal(err)
		}
		findings, err := f.Findings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range findings {
			fixes, err := f.Fixes(t.Context(), &findings[i], 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, done := range fixes {
				rules[fmt.Sprintf("%s by %d", findings[i].RuleID, len(done.Changes))]++
				for j := range done.Changes {
					c := &done.Changes[j]
					fixed[c.Kind]++
					if opened := d.opened(t, w, c); opened != "" {
						t.Errorf("world %d, %s: %s is allowed after\n%s\nand was not before\n%s", *randomFrom+n, findings[i].RuleID, opened, c.Document, c.Before)
					}
				}
			}
		}
	}
	t.Logf("fixes by document: %v; by rule and number of documents: %v", fixed, rules)
	for _, kind := range policyKinds() {
		if fixed[kind] == 0 {
			t.Errorf("no fix changes a %s: the worlds are too healthy, or too ill", kind.Noun())
		}
	}
	if rules["put_object_granted by 2"]+rules["key_usable by 2"] == 0 {
		t.Error("no fix changes two documents: the worlds are too healthy, or too ill")
	}
}

// opened asks random requests of a document as it was and as it is, and returns one
// that is allowed more than is meant; empty: there was none.
func (d dice) opened(t *testing.T, w *randomWorld, change *fix.Change) string {
	t.Helper()
	grammar, ok := change.Kind.Policy()
	if !ok {
		return "" // drift ranks settings
	}
	parse := func(text string) *iam.Policy {
		if text == "" {
			return nil
		}
		p, err := iam.Parse([]byte(text), iam.ParseOptions{Type: grammar})
		if err != nil {
			t.Fatalf("AWS would refuse it: %v\n%s", err, text)
		}
		return p
	}
	before, after := parse(change.Before), parse(change.Document)
	for range 400 {
		req := d.request(w, change.Kind)
		with := func(p *iam.Policy, own bool) *iam.Policies {
			if change.Kind == document.KindIdentityPolicy {
				return &iam.Policies{Identity: []*iam.Policy{p}}
			}
			policies := &iam.Policies{Resource: p}
			if own {
				policies.Identity = []*iam.Policy{iam.AllowAll("")}
			}
			return policies
		}
		for _, own := range []bool{true, false} {
			if change.Kind == document.KindIdentityPolicy && before == nil {
				continue
			}
			if iam.Evaluate(req, with(after, own)) == iam.Yes && iam.Evaluate(req, with(before, own)) != iam.Yes && !needed(w, change.Kind, req) {
				return fmt.Sprintf("%s on %s by %s with %v", req.Action, req.Resource, req.Principal, req.Context)
			}
		}
	}
	return ""
}

// request is one about a kind of document. What the writer's own policies allow they
// allow in its account, where nobody else is asked.
func (d dice) request(w *randomWorld, kind document.Kind) *iam.Request {
	who := pickOne(d, callers()...)
	if kind == document.KindIdentityPolicy {
		who = auditRole
	}
	req := &iam.Request{
		Principal: who, ResourceAccount: "111111111111",
		Action:   pickOne(d, "s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:PutBucketPolicy", "s3:PutObjectAcl"),
		Resource: pickOne(d, auditBucket+"/immuta/x", auditBucket+"/immuta/x/y", auditBucket+"/immuta2/x", auditBucket+"/x"),
	}
	if kind == document.KindBucketPolicy || kind == document.KindKeyPolicy {
		req.ResourceAccount = w.account
	}
	switch kind {
	case document.KindTrustPolicy:
		req.Action, req.Resource = pickOne(d, "sts:AssumeRole", "sts:TagSession"), auditRole
	case document.KindKeyPolicy:
		req.Action, req.Resource = pickOne(d, "kms:GenerateDataKey", "kms:Decrypt", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"), w.key
	default:
		if kind == document.KindIdentityPolicy && d.chance(30) {
			req.Action, req.Resource = pickOne(d, "kms:GenerateDataKey", "kms:Decrypt", "kms:DisableKey", "glue:GetTable"), w.key
		}
		if req.Action == "s3:PutBucketPolicy" {
			req.Resource = auditBucket
		}
	}
	req.Context = d.context(who)
	return req
}

// context is what a request holds besides: whom a service acts for no other caller says.
func (d dice) context(who string) iam.Context {
	context := iam.Context{}.With("aws:SecureTransport", pickOne(d, "true", "true", "false"))
	if strings.HasPrefix(who, "arn:") {
		context = context.With("aws:PrincipalArn", who).With("aws:PrincipalAccount", iam.AccountOf(who))
	} else if who != iam.Anonymous && d.chance(50) {
		context = context.With("aws:SourceAccount", pickOne(d, "111111111111", "444444444444"))
	}
	if d.chance(50) {
		context = context.With("sts:ExternalId", pickOne(d, auditID, neighbourID, "old-id", "x"))
	}
	if d.chance(50) {
		context = context.With("s3:x-amz-server-side-encryption", "AES256")
	}
	return context
}

// needed says whether a request is what the exports need, told anew and not as fixes
// tell it.
func needed(w *randomWorld, kind document.Kind, req *iam.Request) bool {
	switch kind {
	case document.KindTrustPolicy:
		id, _ := req.Context.Get("sts:externalid")
		return req.Action == "sts:AssumeRole" && iam.AccountOf(req.Principal) == "222222222222" && len(id) == 1 &&
			slices.ContainsFunc(w.records, func(r *scanner.Record) bool { return r.Configuration.ID == id[0] })
	default:
		if req.Principal != auditRole {
			return false
		}
		use := req.Action == "kms:GenerateDataKey" || req.Action == "kms:Decrypt"
		upload := req.Action == "s3:PutObject" && slices.ContainsFunc(w.records, func(r *scanner.Record) bool {
			return strings.HasPrefix(req.Resource, auditBucket+"/"+r.Configuration.Prefix())
		})
		return use && req.Resource == w.key || upload
	}
}

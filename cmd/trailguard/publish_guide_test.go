package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/channels"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// secretsOfGuide are what the references of docs/integrations.md lead to.
var secretsOfGuide = map[string]string{
	"SIEM_URL": "https://siem.example.com/kept-secret", "SIEM_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	"SLACK_URL": "https://hooks.slack.com/services/kept-secret", "PAGERDUTY_KEY": "e93facc04764012d7bfb002500d5d1a6",
	"SMTP_PASSWORD": "kept-from-everybody",
}

// Every recipe of docs/integrations.md is a configuration by which a report can be
// told, and what would be sent holds no secret.
func TestRecipesOfPublish(t *testing.T) {
	short.Skip(t)
	report, err := os.ReadFile("../../fixtures/report/full.json")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, recipe := range blocks(readText(t, "../../docs/integrations.md"), "yaml") {
		if !strings.HasPrefix(recipe, "publish:") {
			continue
		}
		tried++
		c, err := config.Parse("integrations.md", []byte(recipe))
		if err != nil {
			t.Error(err)
			continue
		}
		var env []string
		for _, name := range regexp.MustCompile(`env:(\w+)`).FindAllStringSubmatch(recipe, -1) {
			env = append(env, name[1]+"="+secretsOfGuide[name[1]])
		}
		p := newProgram(t, env...)
		p.write(t, "trailguard.yaml", recipe)
		p.write(t, "report.json", string(report))
		done := p.run(t, "publish", "report.json", "--dry-run")
		done.want(t, scanner.ExitClean)
		for _, d := range channels.Of(&c.Publish) {
			if !strings.Contains(done.stdout, d.Channel+" "+d.Name+": would send ") {
				t.Errorf("%s: nothing would be sent:\n%s", d.Name, done.stdout)
			}
		}
		for name, secret := range secretsOfGuide {
			if strings.Contains(done.stdout+done.stderr, secret) {
				t.Errorf("%s is printed", name)
			}
		}
	}
	if tried == 0 {
		t.Error("docs/integrations.md has no recipe of publish")
	}
}

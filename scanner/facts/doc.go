// Package facts derives facts from evidence: what one export configuration
// and its AWS side amount to, in terms that a rule can judge. Package
// fact declares their Go types. How a record is read, and what is asked about
// its writer, all facts share: internal/view. Those about who may assume the role
// are derived in internal/trust, that about plain HTTP in internal/tls.
//
// Every fact is known, unknown or not applicable. A gap makes a fact unknown
// where it could change the answer, and only there: what nobody could read is
// taken once for the best and once for the worst that it could hold, and an
// answer that is the same both times is decided. What was neither read nor
// reported as a gap counts as a gap. Every known fact carries its proof.
//
// The package decides no question of access itself, which is scanner/iam's
// part, and reaches no verdict on whether a fact is good, which is the rules'.
package facts

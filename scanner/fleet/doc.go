// Package fleet has runs of many tenants done by many processes, which know each
// other through one Postgres and nothing else.
//
// A run is done in steps: one lists the tenant's exports and parts them into
// shards; each shard is a step; and the last step puts together what came of them. A
// run of one shard is one step.
// What a step means is for the caller to say (Work). The result of a step and its
// end are one transaction, and an attempt that another has taken the place of
// changes nothing, so that every result counts once, whoever is killed when. A run
// has ended when its last step has: until then, nobody sees anything of it.
//
// A step that may be taken is admitted: a job of River's queue is made of it, which
// any worker fetches. No more are admitted than the workers can take soon, those of
// the run first that has fewest of them on the way, then those of the run that has
// waited longest. So a large tenant never starves a small one, and has all workers
// when it is alone.
//
// Workers say every few seconds that they live. The steps of one that falls silent
// are admitted again, after some attempts no more: then the run ends, and says so.
// A run that does not end in its time ends, too.
package fleet

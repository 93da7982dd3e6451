package scanner

// The exit statuses of a run. They are a promise: jobs branch on them.
const (
	ExitClean       = 0   // nothing failed, everything was assessed
	ExitFail        = 1   // an unwaived failure at or above the threshold
	ExitIncomplete  = 2   // no such failure, but something could not be assessed
	ExitCannotRun   = 3   // bad configuration, rules or input; nothing could be read
	ExitUsage       = 64  // wrong usage
	ExitInterrupted = 130 // by SIGINT, after what was collected was reported
	ExitTerminated  = 143 // by SIGTERM, likewise
)

package history_test

import (
	"errors"
	"time"
)

func limitFiles(uint64) error { return errors.ErrUnsupported }

// processorTime is not known here.
func processorTime() time.Duration { return 0 }

package main

import (
	"syscall"
	"time"
	"unsafe"
)

// clock pairs Go's own monotonic time with CLOCK_MONOTONIC, which Go keeps to itself.
var clock = func() (base struct {
	ms    float64
	start time.Time
}) {
	const monotonic = 1
	var ts syscall.Timespec
	base.start = time.Now()
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		panic(errno)
	}
	base.ms = float64(ts.Nano()) / 1e6
	return base
}()

// monotonicMs is CLOCK_MONOTONIC in milliseconds, as process.hrtime of Node.js tells it.
func monotonicMs() float64 {
	return clock.ms + float64(time.Since(clock.start))/1e6
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * 1e6)
}

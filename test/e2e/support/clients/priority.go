package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

// goAhead is as src/drill/prober/priority.ts: real time at the lowest priority where that is permitted, or else a nice value. Threads that
// are made later inherit it.
func goAhead() {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	const (
		roundRobin = 2
		high       = -7
	)
	lowest := int32(1)
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			continue
		}
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), roundRobin, uintptr(unsafe.Pointer(&lowest))); errno != 0 {
			// Not permitted either, perhaps; the lateness says whether it mattered.
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, high)
		}
	}
}

// spend is for a machine that is shared: memory is there, processor time is not. The loop's thread finds a place to run whatever the
// others do.
func spend() {
	debug.SetGCPercent(800)
	runtime.GOMAXPROCS(max(4, runtime.NumCPU()))
}

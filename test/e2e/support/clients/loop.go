package main

import (
	"errors"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// loop is one thread that has the connections with the most traffic: all that came within a millisecond is read at once, which costs a
// fraction of a goroutine for each.
type loop struct {
	epoll   int
	mu      sync.Mutex
	posted  []func()
	tickers []ticker
	readers map[int32]*reader
	piece   []byte
}

// ticker has something to do at times of its own.
type ticker interface {
	// tick does what is due, and says when it is next.
	tick(nowMs float64) (nextMs float64)
}

// reader is a connection of the loop.
type reader struct {
	stream *stream
	// take is given what has come; false ends the connection.
	take func(data []byte) bool
	// end is told once how it ended; nil: by `take`.
	end func(err error)
}

const (
	turn    = time.Millisecond
	longest = 10.0
)

func startLoop() (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	l := &loop{epoll: epoll, readers: map[int32]*reader{}, piece: make([]byte, 32<<10)}
	go l.run()
	return l, nil
}

// post has the loop's thread do something: it alone touches what is in the loop.
func (l *loop) post(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.posted = append(l.posted, do)
}

func (l *loop) run() {
	runtime.LockOSThread()
	events := make([]syscall.EpollEvent, 512)
	for {
		l.mu.Lock()
		posted := l.posted
		l.posted = nil
		l.mu.Unlock()
		for _, do := range posted {
			do()
		}
		nowMs := monotonicMs()
		nextMs := nowMs + longest
		for _, one := range l.tickers {
			nextMs = min(nextMs, one.tick(nowMs))
		}
		if left := nextMs - monotonicMs(); left > 0 {
			l.wait(milliseconds(left), events)
		} else {
			l.wait(0, events)
		}
	}
}

func (l *loop) wait(left time.Duration, events []syscall.EpollEvent) {
	pause := syscall.NsecToTimespec(int64(max(left, turn)))
	_ = syscall.Nanosleep(&pause, nil)
	for {
		n, err := syscall.EpollWait(l.epoll, events, 0)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			panic(err)
		}
		for _, event := range events[:n] {
			if one, here := l.readers[event.Fd]; here {
				l.read(one)
			}
		}
		if n < len(events) {
			return
		}
	}
}

// add takes a connection over; only from within the loop.
func (l *loop) add(one *reader) error {
	if err := one.stream.wire.takeOver(); err != nil {
		return err
	}
	fd := int32(one.stream.wire.fd)
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: fd}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, int(fd), &event); err != nil {
		return err
	}
	l.readers[fd] = one
	// The handshake's last read may have found more.
	l.read(one)
	return nil
}

// drop ends a connection that has not ended.
func (l *loop) drop(one *reader, err error) {
	fd := int32(one.stream.wire.fd)
	if l.readers[fd] != one {
		return
	}
	delete(l.readers, fd)
	// Closing takes it out of epoll.
	one.stream.cut()
	one.end(err)
}

func (l *loop) read(one *reader) {
	one.stream.wire.drained = false
	for {
		n, err := one.stream.Read(l.piece)
		if n > 0 && !one.take(l.piece[:n]) {
			l.drop(one, nil)
			return
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, errAgain) {
			l.drop(one, err)
		}
		return
	}
}

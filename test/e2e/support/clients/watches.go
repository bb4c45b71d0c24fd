package main

import (
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// watching is how many watches are held open, of what.
type watching struct {
	target
	Count int    `json:"count"`
	Path  string `json:"path"`
}

type watches struct {
	loop       *loop
	to         target
	config     *tls.Config
	request    []byte
	open, lost atomic.Int64
}

const (
	watchPatience = 5 * time.Second
	apart         = 40 * time.Millisecond
)

// watch holds them open and opens each again when it is lost.
func watch(l *loop, wanted watching) (*watches, error) {
	config, err := wanted.config("http/1.1")
	if err != nil {
		return nil, err
	}
	w := &watches{
		loop:    l,
		to:      wanted.target,
		config:  config,
		request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", wanted.Path, wanted.address()),
	}
	for i := range wanted.Count {
		time.AfterFunc(time.Duration(i)*apart, w.begin)
	}
	return w, nil
}

// again is as clients of Kubernetes do it: not all at once.
func (w *watches) again() {
	time.AfterFunc(500*time.Millisecond+rand.N(4000*time.Millisecond), w.begin)
}

func (w *watches) begin() {
	connected, err := dialing{to: w.to, config: w.config, patience: watchPatience}.dial()
	if err != nil {
		w.again()
		return
	}
	got := &answer{}
	if err := connected.exchange(w.request, got, got.headSeen); err != nil || got.status != 200 {
		connected.cut()
		w.again()
		return
	}
	w.open.Add(1)
	one := &reader{
		stream: connected,
		take:   func(data []byte) bool { return got.feed(data) == nil && !got.done },
		end:    func(error) { w.ended() },
	}
	w.loop.post(func() {
		if got.done || w.loop.add(one) != nil {
			connected.cut()
			w.ended()
		}
	})
}

func (w *watches) ended() {
	w.open.Add(-1)
	w.lost.Add(1)
	w.again()
}

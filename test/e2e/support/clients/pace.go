package main

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// sample is ProbeSample of src/drill/measure/probe.ts.
type sample struct {
	Kind       string  `json:"kind"`
	Index      int     `json:"index"`
	SentMs     float64 `json:"sentMs"`
	TcpMs      float64 `json:"tcpMs,omitempty"`
	TlsMs      float64 `json:"tlsMs,omitempty"`
	DoneMs     float64 `json:"doneMs"`
	Outcome    string  `json:"outcome"`
	Status     int     `json:"status,omitempty"`
	Node       string  `json:"node,omitempty"`
	LatenessMs float64 `json:"latenessMs"`
}

// pace sends probes on an absolute schedule, whatever becomes of the earlier ones: no coordinated omission.
type pace struct {
	kind          string
	ratePerSecond float64
	originMs      float64
	// probe fills in what it found; it was sent at SentMs.
	probe    func(found *sample)
	onSample func(sample)

	inFlight  atomic.Int64
	waiting   sync.WaitGroup
	ended     chan struct{}
	stopped   chan struct{}
	sent      int
	worstMs   float64
	mostAtOne int64
}

func (p *pace) start(timeoutMs float64) *pace {
	// More probes in flight than the rate and timeout can explain come from a stalled prober: they are not sent.
	p.mostAtOne = int64(math.Ceil(p.ratePerSecond * (timeoutMs + 1000) / 1000))
	p.ended, p.stopped = make(chan struct{}), make(chan struct{})
	go p.run()
	return p
}

func (p *pace) dueMs() float64 { return p.originMs + float64(p.sent)*1000/p.ratePerSecond }

func (p *pace) run() {
	defer close(p.stopped)
	timer := time.NewTimer(0)
	for {
		select {
		case <-p.ended:
			return
		case <-timer.C:
		}
		for p.dueMs() <= monotonicMs() {
			p.send()
		}
		timer.Reset(milliseconds(max(0, p.dueMs()-monotonicMs())))
	}
}

func (p *pace) send() {
	nowMs := monotonicMs()
	one := sample{Kind: p.kind, Index: p.sent, SentMs: nowMs, DoneMs: nowMs, Outcome: "local", LatenessMs: nowMs - p.dueMs()}
	p.worstMs = max(p.worstMs, one.LatenessMs)
	p.sent++
	if p.inFlight.Load() >= p.mostAtOne {
		p.onSample(one)
		return
	}
	p.inFlight.Add(1)
	p.waiting.Go(func() {
		p.probe(&one)
		p.inFlight.Add(-1)
		p.onSample(one)
	})
}

// stop sends no more, and waits for the probes in flight.
func (p *pace) stop() {
	close(p.ended)
	<-p.stopped
	p.waiting.Wait()
}

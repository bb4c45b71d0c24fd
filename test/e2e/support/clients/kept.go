package main

import (
	"fmt"
	"slices"
	"time"
)

// keeping is what clients that use their one connection all the time are asked to do.
type keeping struct {
	target
	Name      string  `json:"name"`
	Count     int     `json:"count"`
	EveryMs   float64 `json:"everyMs"`
	Path      string  `json:"path"`
	FirstPort int     `json:"firstPort"`
}

type keptClient struct {
	reader    *reader
	ended     string
	answer    answer
	answered  int
	askingMs  float64
	longestMs float64
}

// keptGroup is clients of one VIP. None connects again by itself.
type keptGroup struct {
	loop       *loop
	name       string
	request    []byte
	everyMs    float64
	clients    []*keptClient
	originMs   float64
	next       int
	silent     int
	latenessMs float64
	// ready is told once: when all have had an answer, or why that will not be.
	ready chan error
}

type keptReport struct {
	Kept           int      `json:"kept"`
	Hung           int      `json:"hung"`
	Ended          []string `json:"ended"`
	Answered       int      `json:"answered"`
	MedianStallMs  float64  `json:"medianStallMs"`
	LongestStallMs float64  `json:"longestStallMs"`
	LatenessMs     float64  `json:"latenessMs"`
}

const lastAnswers = 500 * time.Millisecond

// keep connects them one after the other, and has them ask.
func keep(l *loop, wanted keeping) (*keptGroup, error) {
	config, err := wanted.config()
	if err != nil {
		return nil, err
	}
	group := &keptGroup{
		loop:    l,
		name:    wanted.Name,
		request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: kubernetes\r\nUser-Agent: kept\r\n\r\n", wanted.Path),
		everyMs: wanted.EveryMs,
		silent:  wanted.Count,
		ready:   make(chan error, 1),
	}
	for i := range wanted.Count {
		dial := dialing{to: wanted.target, config: config}
		if wanted.FirstPort > 0 {
			dial.localPort = wanted.FirstPort + i
		}
		connected, err := dial.dial()
		if err != nil {
			for _, before := range group.clients {
				before.reader.stream.cut()
			}
			return nil, err
		}
		one := &keptClient{}
		one.reader = &reader{
			stream: connected,
			take:   func(data []byte) bool { return group.take(one, data) },
			end:    func(err error) { group.end(one, err) },
		}
		group.clients = append(group.clients, one)
	}
	l.post(group.begin)
	return group, nil
}

func (g *keptGroup) begin() {
	for _, one := range g.clients {
		if err := g.loop.add(one.reader); err != nil {
			g.end(one, err)
		}
	}
	g.originMs = monotonicMs() + g.everyMs
	g.loop.tickers = append(g.loop.tickers, g)
}

// dueMs spreads them over the interval: clients of a cluster do not ask in step, and the last of a burst would wait for all before it.
func (g *keptGroup) dueMs() float64 {
	return g.originMs + float64(g.next)*g.everyMs/float64(len(g.clients))
}

func (g *keptGroup) tick(nowMs float64) float64 {
	for g.dueMs() <= nowMs {
		g.latenessMs = max(g.latenessMs, monotonicMs()-g.dueMs())
		g.ask(g.clients[g.next%len(g.clients)])
		g.next++
	}
	return g.dueMs()
}

func (g *keptGroup) ask(one *keptClient) {
	// The next one waits for the answer: on HTTP/1.1 they would queue.
	if one.ended != "" || one.askingMs > 0 {
		return
	}
	one.askingMs = monotonicMs()
	one.answer.again()
	if _, err := one.reader.stream.Write(g.request); err != nil {
		g.loop.drop(one.reader, err)
	}
}

func (g *keptGroup) take(one *keptClient, data []byte) bool {
	if one.askingMs == 0 {
		return true
	}
	if err := one.answer.feed(data); err != nil {
		g.end(one, err)
		return false
	}
	if !one.answer.done {
		return true
	}
	one.longestMs = max(one.longestMs, monotonicMs()-one.askingMs)
	one.askingMs = 0
	one.answered++
	if one.answered == 1 {
		if g.silent--; g.silent == 0 {
			g.ready <- nil
		}
	}
	return true
}

func (g *keptGroup) end(one *keptClient, err error) {
	if one.ended != "" || err == nil {
		return
	}
	one.ended = endOf(err)
	if one.answered > 0 {
		return
	}
	select {
	case g.ready <- fmt.Errorf("a connection ended before its first answer: %s", one.ended):
	default:
	}
}

// mark forgets how long they have waited until now.
func (g *keptGroup) mark() {
	g.latenessMs = 0
	for _, one := range g.clients {
		one.longestMs = 0
	}
}

// stop asks no more, and tells what became of each connection.
func (g *keptGroup) stop(tell func(keptReport)) {
	g.loop.tickers = slices.DeleteFunc(g.loop.tickers, func(one ticker) bool { return one == ticker(g) })
	time.AfterFunc(lastAnswers, func() {
		g.loop.post(func() {
			tell(g.report())
			for _, one := range g.clients {
				g.loop.drop(one.reader, nil)
			}
		})
	})
}

func (g *keptGroup) report() keptReport {
	nowMs := monotonicMs()
	report := keptReport{Ended: []string{}, LatenessMs: g.latenessMs}
	var stalls []float64
	for _, one := range g.clients {
		report.Answered += one.answered
		if one.ended != "" {
			report.Ended = append(report.Ended, one.ended)
			continue
		}
		stall := one.longestMs
		if one.askingMs > 0 {
			report.Hung++
			stall = max(stall, nowMs-one.askingMs)
		} else {
			report.Kept++
		}
		stalls = append(stalls, stall)
	}
	if slices.Sort(stalls); len(stalls) > 0 {
		report.MedianStallMs = stalls[len(stalls)/2]
		report.LongestStallMs = stalls[len(stalls)-1]
	}
	return report
}

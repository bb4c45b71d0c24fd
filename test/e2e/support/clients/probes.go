package main

import (
	"crypto/tls"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// probing is as much of ProbeConfig as a load needs.
type probing struct {
	target
	Path               string  `json:"path"`
	RatePerSecond      float64 `json:"ratePerSecond"`
	TimeoutMs          float64 `json:"timeoutMs"`
	KeptAlivePerSecond float64 `json:"keptAlivePerSecond"`
	Writes             writing `json:"writes"`
}

type probes struct {
	paces   []*pace
	writer  *writer
	out     *output
	origin  float64
	telling sync.Mutex
	mu      sync.Mutex
	found   []sample
	flusher *time.Ticker
}

const batch = 100 * time.Millisecond

func startProbes(wanted probing, out *output) (*probes, error) {
	config, err := wanted.config("http/1.1")
	if err != nil {
		return nil, err
	}
	kept, err := newClient(wanted.target, wanted.TimeoutMs)
	if err != nil {
		return nil, err
	}
	p := &probes{out: out, origin: monotonicMs() + 10, flusher: time.NewTicker(batch), writer: newWriter(kept, wanted.Writes)}
	out.tell(map[string]any{"ready": true, "monotonicOrigin": p.origin})
	p.start("connect", wanted.RatePerSecond, wanted.TimeoutMs, connectProbe(wanted, config))
	p.start("request", wanted.KeptAlivePerSecond, wanted.TimeoutMs, func(found *sample) {
		kept.call(call{method: "GET", path: wanted.Path}, found)
	})
	p.start("write", wanted.Writes.RatePerSecond, wanted.TimeoutMs, p.writer.write)
	go func() {
		for range p.flusher.C {
			p.flush()
		}
	}()
	return p, nil
}

func (p *probes) start(kind string, ratePerSecond, timeoutMs float64, probe func(*sample)) {
	one := &pace{kind: kind, ratePerSecond: ratePerSecond, originMs: p.origin, probe: probe, onSample: p.add}
	p.paces = append(p.paces, one.start(timeoutMs))
}

func (p *probes) add(one sample) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = append(p.found, one)
}

// flush returns when everything found so far has been told, whoever tells it.
func (p *probes) flush() {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.mu.Lock()
	found := p.found
	p.found = nil
	p.mu.Unlock()
	if len(found) > 0 {
		p.out.tell(map[string]any{"samples": found})
	}
}

// stop waits for what is in flight, reads the writes back, and tells the summary.
func (p *probes) stop() {
	var all sync.WaitGroup
	for _, one := range p.paces {
		all.Go(one.stop)
	}
	all.Wait()
	elapsedMs := monotonicMs() - p.origin
	p.out.tell(map[string]any{"audit": p.writer.audit()})
	p.flusher.Stop()
	p.flush()
	worstMs := 0.0
	for _, one := range p.paces {
		worstMs = max(worstMs, one.worstMs)
	}
	p.out.tell(map[string]any{"summary": map[string]any{
		"sent": p.paces[0].sent, "worstLatenessMs": worstMs, "elapsedMs": elapsedMs, "cpuMs": cpuMs(),
	}})
}

// connectProbe makes a new TCP connection, a full TLS handshake with the certificate checked, and one GET.
func connectProbe(wanted probing, config *tls.Config) func(*sample) {
	request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: k8s-ha-prober\r\nConnection: close\r\n\r\n", wanted.Path, wanted.Servername)
	return func(found *sample) {
		found.DoneMs, found.Outcome = 0, ""
		dial := dialing{
			to: wanted.target, config: config, deadline: time.Now().Add(milliseconds(wanted.TimeoutMs)),
			connected: func() { found.TcpMs = monotonicMs() },
			secured:   func() { found.TlsMs = monotonicMs() },
		}
		connection, err := dial.dial()
		if err == nil {
			got := &answer{}
			err = connection.exchange(request, got, complete)
			found.DoneMs = monotonicMs()
			connection.cut()
			if err == nil {
				found.Outcome, found.Status, found.Node = outcomeOfStatus(got.status), got.status, got.servedBy
				return
			}
		}
		found.DoneMs, found.Outcome = monotonicMs(), outcomeOfError(err)
	}
}

func cpuMs() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e6
}

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"sync"
	"time"
)

// client has kept connections, as src/drill/prober/api-client.ts has: a request that meets an error on a *kept* connection is sent again
// on another one (RFC 9112 §9.3.1).
type client struct {
	to        target
	config    *tls.Config
	timeoutMs float64
	mu        sync.Mutex
	free      []*stream
}

type call struct {
	method, path string
	body         []byte
	// keepBody: the caller reads the answer's body.
	keepBody bool
}

func newClient(to target, timeoutMs float64) (*client, error) {
	config, err := to.config("http/1.1")
	if err != nil {
		return nil, err
	}
	// Node.js' agent resumes sessions; a new connection for each probe does not.
	config.ClientSessionCache = tls.NewLRUClientSessionCache(100)
	return &client{to: to, config: config, timeoutMs: timeoutMs}, nil
}

func (c *client) call(wanted call, found *sample) (body []byte) {
	deadline := time.Now().Add(milliseconds(c.timeoutMs))
	for {
		got, reused, err := c.once(wanted, deadline)
		found.DoneMs = monotonicMs()
		found.Status, found.Node = got.status, got.servedBy
		if err == nil {
			found.Outcome = outcomeOfStatus(got.status)
			return got.body
		}
		if found.Outcome = outcomeOfError(err); found.Outcome == "timeout" {
			found.Status, found.Node = 0, ""
		}
		// Every kept connection may be stale: each is tried once, then a new one is made, and that one's answer counts.
		if !reused || got.headSeen() || !time.Now().Before(deadline) {
			return nil
		}
	}
}

func (c *client) once(wanted call, deadline time.Time) (got *answer, reused bool, err error) {
	got = &answer{keepBody: wanted.keepBody}
	connection := c.take()
	reused = connection != nil
	if reused {
		err = connection.SetDeadline(deadline)
	} else {
		connection, err = dialing{to: c.to, config: c.config, keepAlive: true, deadline: deadline}.dial()
	}
	if err != nil {
		return got, reused, err
	}
	if err = connection.exchange(c.request(wanted), got, complete); err != nil || got.last {
		connection.cut()
	} else {
		c.give(connection)
	}
	return got, reused, err
}

// take gives the connection that was used last, or none.
func (c *client) take() *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.free) == 0 {
		return nil
	}
	last := c.free[len(c.free)-1]
	c.free = c.free[:len(c.free)-1]
	return last
}

func (c *client) give(connection *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, connection)
}

func (c *client) request(wanted call) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: k8s-ha-prober\r\nAccept: application/json\r\n", wanted.method, wanted.path, c.to.Servername)
	if wanted.body != nil {
		fmt.Fprintf(&text, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(wanted.body))
	}
	text.WriteString("Connection: keep-alive\r\n\r\n")
	text.Write(wanted.body)
	return text.Bytes()
}

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// target is who is asked, and how a TLS connection to it is made.
type target struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	Servername string `json:"servername"`
	CaPem      string `json:"caPem"`
}

func (t target) address() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// config gives what Node.js offers and no more: a post-quantum key exchange, which it does not know, would cost either side more.
func (t target) config(protocols ...string) (*tls.Config, error) {
	config := &tls.Config{
		ServerName:       t.Servername,
		NextProtos:       protocols,
		MinVersion:       tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384},
	}
	if t.CaPem == "" {
		config.InsecureSkipVerify = true
		return config, nil
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM([]byte(t.CaPem)) {
		return nil, errors.New("caPem has no certificate")
	}
	return config, nil
}

// wire is a TCP connection of Go's, and after `takeOver` a file of our own that is never waited for.
type wire struct {
	net.Conn
	fd int
	// drained: the last read found less than there was room for, so that the next one would find nothing.
	drained bool
}

var errAgain net.Error = again{}

type again struct{}

func (again) Error() string   { return "nothing to read yet" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

func (w *wire) Read(into []byte) (int, error) {
	if w.fd < 0 {
		return w.Conn.Read(into)
	}
	if w.drained {
		return 0, errAgain
	}
	for {
		n, err := syscall.Read(w.fd, into)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return 0, errAgain
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		w.drained = n < len(into)
		return n, nil
	}
}

// Write finds room always: a connection has one small request under way at most.
func (w *wire) Write(data []byte) (int, error) {
	if w.fd < 0 {
		return w.Conn.Write(data)
	}
	for {
		n, err := syscall.Write(w.fd, data)
		if err == syscall.EINTR {
			continue
		}
		if err == nil && n < len(data) {
			err = io.ErrShortWrite
		}
		return max(n, 0), err
	}
}

func (w *wire) Close() error {
	if w.fd < 0 {
		return w.Conn.Close()
	}
	return syscall.Close(w.fd)
}

// takeOver takes the connection out of the hands of Go's runtime, which would wake a goroutine for each piece.
func (w *wire) takeOver() error {
	raw, err := w.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	var copied int
	var failed error
	if err := raw.Control(func(fd uintptr) { copied, failed = syscall.Dup(int(fd)) }); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	_ = w.Conn.Close()
	w.fd = copied
	return nil
}

// stream is a TLS connection and what lies below it.
type stream struct {
	*tls.Conn
	wire *wire
}

type dialing struct {
	to        target
	config    *tls.Config
	localPort int
	// keepAlive: an idle connection whose server is gone ends, as those of a Node.js agent do.
	keepAlive bool
	// connected and secured are told, where anybody wants to know.
	connected, secured func()
	// patience is for each step; a deadline for all of them.
	patience time.Duration
	deadline time.Time
}

// until is when the step that begins now is given up.
func (d dialing) until() time.Time {
	if d.patience > 0 {
		return time.Now().Add(d.patience)
	}
	return d.deadline
}

func (d dialing) dial() (*stream, error) {
	dialer := net.Dialer{Deadline: d.until(), KeepAlive: -1}
	if d.keepAlive {
		dialer.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 10}
	}
	if d.localPort > 0 {
		dialer.LocalAddr = &net.TCPAddr{Port: d.localPort}
	}
	tcp, err := dialer.Dial("tcp", d.to.address())
	if err != nil {
		return nil, err
	}
	if d.connected != nil {
		d.connected()
	}
	if err := tcp.SetDeadline(d.until()); err != nil {
		return nil, err
	}
	below := &wire{Conn: tcp, fd: -1}
	secure := &stream{tls.Client(below, d.config), below}
	if err := secure.Handshake(); err != nil {
		_ = tcp.Close()
		return nil, err
	}
	if d.secured != nil {
		d.secured()
	}
	return secure, tcp.SetDeadline(d.until())
}

// cut ends the connection as a destroyed socket of Node.js ends: without a farewell.
func (s *stream) cut() { _ = s.wire.Close() }

// exchange sends a request and reads until `enough`, or until its answer is complete.
func (s *stream) exchange(request []byte, got *answer, enough func() bool) error {
	if _, err := s.Write(request); err != nil {
		return err
	}
	piece := make([]byte, 4096)
	for !got.done && !enough() {
		n, err := s.Read(piece)
		if failed := got.feed(piece[:n]); failed != nil {
			return failed
		}
		if got.done {
			return nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return got.ended()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func complete() bool { return false }

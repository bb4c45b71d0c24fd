package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"syscall"
)

var errnoNames = map[syscall.Errno]string{
	syscall.ECONNREFUSED:  "ECONNREFUSED",
	syscall.ECONNRESET:    "ECONNRESET",
	syscall.ECONNABORTED:  "ECONNABORTED",
	syscall.EPIPE:         "EPIPE",
	syscall.ETIMEDOUT:     "ETIMEDOUT",
	syscall.EHOSTUNREACH:  "EHOSTUNREACH",
	syscall.EHOSTDOWN:     "EHOSTDOWN",
	syscall.ENETUNREACH:   "ENETUNREACH",
	syscall.ENETDOWN:      "ENETDOWN",
	syscall.EMFILE:        "EMFILE",
	syscall.ENFILE:        "ENFILE",
	syscall.ENOMEM:        "ENOMEM",
	syscall.ENOBUFS:       "ENOBUFS",
	syscall.EADDRNOTAVAIL: "EADDRNOTAVAIL",
}

// outcomeOfErrno is the table of src/drill/prober/outcome.ts.
var outcomeOfErrno = map[syscall.Errno]string{
	syscall.ECONNREFUSED:  "refused",
	syscall.ETIMEDOUT:     "timeout",
	syscall.EHOSTUNREACH:  "unreachable",
	syscall.EHOSTDOWN:     "unreachable",
	syscall.ENETUNREACH:   "unreachable",
	syscall.ENETDOWN:      "unreachable",
	syscall.EMFILE:        "local",
	syscall.ENFILE:        "local",
	syscall.ENOMEM:        "local",
	syscall.ENOBUFS:       "local",
	syscall.EADDRNOTAVAIL: "local",
}

func outcomeOfStatus(status int) string {
	switch {
	case status >= 500:
		return "http-5xx"
	case status >= 400:
		return "http-4xx"
	}
	return "ok"
}

func outcomeOfError(err error) string {
	var errno syscall.Errno
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, errProtocol):
		return "protocol"
	case isTLS(err):
		return "tls"
	case errors.As(err, &errno):
		if outcome, known := outcomeOfErrno[errno]; known {
			return outcome
		}
	}
	return "reset"
}

func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
	)
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &name)
}

// endOf names how a connection ended as Node.js does: by the error's code, or "closed".
func endOf(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if name, known := errnoNames[errno]; known {
			return name
		}
		return errno.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "closed"
	}
	return err.Error()
}

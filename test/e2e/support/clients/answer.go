package main

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

var errProtocol = errors.New("the answer is not HTTP/1.1")

type part int

const (
	inHead part = iota
	inBody
	inChunkSize
	inChunk
	afterChunk
	inTrailer
	untilEnd
)

const longestHead = 64 << 10

// answer reads one HTTP/1.1 answer as it comes, and no more of it than says when it is complete.
type answer struct {
	status   int
	servedBy string
	// done: all of it has come.
	done bool
	// last: the connection takes no other request.
	last     bool
	keepBody bool
	body     []byte

	part part
	head []byte
	left int64
}

// again makes it ready for the next answer on its connection, with the same memory.
func (a *answer) again() {
	*a = answer{head: a.head[:0], body: a.body[:0], keepBody: a.keepBody}
}

func (a *answer) headSeen() bool { return a.part != inHead || a.done }

func (a *answer) feed(data []byte) error {
	for len(data) > 0 && !a.done {
		var err error
		if data, err = a.step(data); err != nil {
			return err
		}
	}
	return nil
}

// ended is told when the connection has ended: without a length that is where the answer ends.
func (a *answer) ended() error {
	if a.part != untilEnd {
		return io.ErrUnexpectedEOF
	}
	a.done = true
	return nil
}

func (a *answer) step(data []byte) ([]byte, error) {
	switch a.part {
	case inHead:
		before := len(a.head)
		a.head = append(a.head, data...)
		// The end may lie across two pieces.
		end := bytes.Index(a.head[max(0, before-3):], []byte("\r\n\r\n"))
		if end < 0 {
			if len(a.head) > longestHead {
				return nil, errProtocol
			}
			return nil, nil
		}
		end += max(0, before-3) + 4
		rest := data[end-before:]
		a.head = a.head[:end]
		return rest, a.readHead()
	case inBody, inChunk:
		n := min(int64(len(data)), a.left)
		a.keep(data[:n])
		if a.left -= n; a.left == 0 {
			if a.part == inBody {
				a.done = true
			} else {
				a.startLine(afterChunk)
			}
		}
		return data[n:], nil
	case untilEnd:
		a.keep(data)
		return nil, nil
	default:
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			a.head = append(a.head, data...)
			if len(a.head) > longestHead {
				return nil, errProtocol
			}
			return nil, nil
		}
		a.head = append(a.head, data[:end]...)
		return data[end+1:], a.readLine(bytes.TrimRight(a.head, "\r"))
	}
}

func (a *answer) keep(data []byte) {
	if a.keepBody {
		a.body = append(a.body, data...)
	}
}

// startLine goes on to a part that is a line.
func (a *answer) startLine(next part) {
	a.part = next
	a.head = a.head[:0]
}

func (a *answer) readLine(line []byte) error {
	switch a.part {
	case afterChunk:
		if len(line) > 0 {
			return errProtocol
		}
		a.startLine(inChunkSize)
	case inChunkSize:
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 62)
		if err != nil || n < 0 {
			return errProtocol
		}
		if n == 0 {
			a.startLine(inTrailer)
		} else {
			a.part, a.left = inChunk, n
		}
	case inTrailer:
		a.done = len(line) == 0
		a.startLine(inTrailer)
	}
	return nil
}

func (a *answer) readHead() error {
	line, rest, _ := bytes.Cut(a.head, []byte("\r\n"))
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' {
		return errProtocol
	}
	status := 0
	for _, digit := range line[9:12] {
		if digit < '0' || digit > '9' {
			return errProtocol
		}
		status = status*10 + int(digit-'0')
	}
	a.status = status
	length, chunked := int64(-1), false
	for len(rest) > 2 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return errProtocol
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "content-length"):
			n, err := strconv.ParseInt(string(value), 10, 62)
			if err != nil || n < 0 {
				return errProtocol
			}
			length = n
		case is(name, "transfer-encoding"):
			chunked = is(value, "chunked")
		case is(name, "connection"):
			a.last = is(value, "close")
		case is(name, "x-served-by"):
			a.servedBy = string(value)
		}
	}
	switch {
	case status < 200:
		// An interim answer: the real one follows.
		a.startLine(inHead)
	case status == 204 || status == 304 || (length == 0 && !chunked):
		a.done = true
	case chunked:
		a.startLine(inChunkSize)
	case length > 0:
		a.part, a.left = inBody, length
	default:
		a.part, a.last = untilEnd, true
	}
	return nil
}

func is(text []byte, lower string) bool {
	return len(text) == len(lower) && strings.EqualFold(string(text), lower)
}

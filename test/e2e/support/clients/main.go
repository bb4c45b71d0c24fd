// The clients of a measurement in one process: new TLS connections, requests on kept ones, acknowledged writes, watches, and connections
// that are in use all the time. They cost a fraction of what the same clients in Node.js cost, which share two processors with the cluster.
//
// Commands come as lines of JSON on standard input, and lines of JSON say what was found. `stop`, or the end of the input, ends it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

const watchesTold = 200 * time.Millisecond

type output struct{ mu sync.Mutex }

func (o *output) tell(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := os.Stdout.Write(append(line, '\n')); err != nil {
		// Nobody reads any more: nothing is left to do.
		os.Exit(1)
	}
}

type clients struct {
	out    *output
	loop   *loop
	probes *probes
	mu     sync.Mutex
	groups map[string]*keptGroup
}

func main() {
	spend()
	goAhead()
	l, err := startLoop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	c := &clients{out: &output{}, loop: l, groups: map[string]*keptGroup{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var command struct {
			Do string `json:"do"`
		}
		err := json.Unmarshal(lines.Bytes(), &command)
		if err == nil {
			err = c.do(command.Do, append([]byte(nil), lines.Bytes()...))
		}
		if err != nil {
			c.out.tell(map[string]any{"error": err.Error()})
		}
		if command.Do == "stop" {
			return
		}
	}
}

func (c *clients) do(what string, line []byte) error {
	switch what {
	case "probe":
		var wanted probing
		if err := json.Unmarshal(line, &wanted); err != nil {
			return err
		}
		started, err := startProbes(wanted, c.out)
		c.probes = started
		return err
	case "watch":
		var wanted watching
		if err := json.Unmarshal(line, &wanted); err != nil {
			return err
		}
		w, err := watch(c.loop, wanted)
		if err != nil {
			return err
		}
		go func() {
			for range time.Tick(watchesTold) {
				c.out.tell(map[string]any{"watches": map[string]int64{"open": w.open.Load(), "lost": w.lost.Load()}})
			}
		}()
		return nil
	case "keep", "mark", "end":
		var wanted keeping
		if err := json.Unmarshal(line, &wanted); err != nil {
			return err
		}
		return c.kept(what, wanted)
	case "stop":
		if c.probes != nil {
			c.probes.stop()
		}
		return nil
	}
	return fmt.Errorf("there is no command %q", what)
}

func (c *clients) kept(what string, wanted keeping) error {
	if what == "keep" {
		go func() {
			if err := c.keep(wanted); err != nil {
				c.out.tell(map[string]any{"refused": map[string]string{"name": wanted.Name, "why": err.Error()}})
				return
			}
			c.out.tell(map[string]any{"connected": wanted.Name})
		}()
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	group, here := c.groups[wanted.Name]
	if !here {
		return fmt.Errorf("there are no clients %q", wanted.Name)
	}
	if what == "mark" {
		c.loop.post(group.mark)
		return nil
	}
	delete(c.groups, wanted.Name)
	c.loop.post(func() {
		group.stop(func(report keptReport) {
			c.out.tell(map[string]any{"kept": map[string]any{"name": group.name, "report": report}})
		})
	})
	return nil
}

func (c *clients) keep(wanted keeping) error {
	group, err := keep(c.loop, wanted)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.groups[wanted.Name] = group
	c.mu.Unlock()
	return <-group.ready
}

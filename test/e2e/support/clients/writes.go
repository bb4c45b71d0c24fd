package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"
)

type writing struct {
	RatePerSecond float64 `json:"ratePerSecond"`
	Namespace     string  `json:"namespace"`
	Prefix        string  `json:"prefix"`
}

// writer creates objects under names of their own, so that an acknowledged write that is missing afterwards cannot hide.
type writer struct {
	client       *client
	prefix, path string
	mu           sync.Mutex
	attempted    []string
	acknowledged []string
}

type writeAudit struct {
	Acknowledged int      `json:"acknowledged"`
	Lost         []string `json:"lost"`
	Failure      string   `json:"failure,omitempty"`
}

const (
	readBackPatience = 30 * time.Second
	readBackPause    = 200 * time.Millisecond
	clearInParallel  = 20
)

func newWriter(c *client, wanted writing) *writer {
	return &writer{client: c, prefix: wanted.Prefix, path: "/api/v1/namespaces/" + wanted.Namespace + "/configmaps"}
}

// write creates one object; a good answer is the acknowledgement.
func (w *writer) write(found *sample) {
	name := fmt.Sprintf("%s-%d", w.prefix, found.Index)
	body, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]string{"name": name},
		"data":     map[string]string{"index": strconv.Itoa(found.Index)},
	})
	if err != nil {
		panic(err)
	}
	w.note(&w.attempted, name)
	w.client.call(call{method: "POST", path: w.path, body: body}, found)
	// 409: an earlier attempt of the same request had arrived after all; it was not acknowledged, and is not counted.
	if found.Status == 409 {
		found.Outcome = "ok"
	} else if found.Outcome == "ok" {
		w.note(&w.acknowledged, name)
	}
}

func (w *writer) note(list *[]string, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, name)
}

// audit reads everything back, then clears it away.
func (w *writer) audit() writeAudit {
	there, failure := w.readBack()
	w.clear()
	audit := writeAudit{Acknowledged: len(w.acknowledged), Lost: []string{}, Failure: failure}
	if failure != "" {
		return audit
	}
	for _, name := range w.acknowledged {
		if !there[name] {
			audit.Lost = append(audit.Lost, name)
		}
	}
	return audit
}

func (w *writer) readBack() (map[string]bool, string) {
	until := time.Now().Add(readBackPatience)
	for {
		var found sample
		body := w.client.call(call{method: "GET", path: w.path, keepBody: true}, &found)
		if found.Outcome == "ok" {
			if names, ok := namesIn(body); ok {
				return names, ""
			}
		}
		time.Sleep(readBackPause)
		if !time.Now().Before(until) {
			return nil, "the objects could not be read back: " + found.Outcome
		}
	}
}

func namesIn(body []byte) (map[string]bool, bool) {
	var list struct {
		Items *[]struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &list); err != nil || list.Items == nil {
		return nil, false
	}
	names := map[string]bool{}
	for _, item := range *list.Items {
		names[item.Metadata.Name] = true
	}
	return names, true
}

func (w *writer) clear() {
	var all sync.WaitGroup
	names := make(chan string)
	for range clearInParallel {
		all.Go(func() {
			for name := range names {
				var found sample
				w.client.call(call{method: "DELETE", path: w.path + "/" + name}, &found)
			}
		})
	}
	for _, name := range w.attempted {
		names <- name
	}
	close(names)
	all.Wait()
}

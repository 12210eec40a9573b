// Times gojq on a mapping and objects: mapper FILE ROUNDS.
//
// FILE holds {"selector", "mapping", "objects"}: one selector, one mapping of
// strings, and the objects. Each round goes over all objects twice: with every
// expression parsed and compiled for every object, as the exporter does it, and
// with each compiled once. Prints one JSON object: the seconds of each round,
// and the bodies of the last.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

type mapping struct {
	Identifier string            `json:"identifier"`
	Title      string            `json:"title"`
	Blueprint  string            `json:"blueprint"`
	Icon       string            `json:"icon"`
	Properties map[string]string `json:"properties"`
	Relations  map[string]string `json:"relations"`
}

type work struct {
	Selector string           `json:"selector"`
	Mapping  mapping          `json:"mapping"`
	Objects  []map[string]any `json:"objects"`
}

type result struct {
	EachTime []float64        `json:"eachTime"`
	Once     []float64        `json:"once"`
	Bodies   []map[string]any `json:"bodies"`
}

// evaluate gives an expression's first output.
type evaluate func(query string, object any) (any, error)

func compiled(query string) (*gojq.Code, error) {
	parsed, err := gojq.Parse(query)
	if err != nil {
		return nil, err
	}
	return gojq.Compile(parsed, gojq.WithEnvironLoader(func() []string { return nil }))
}

func first(code *gojq.Code, object any) (any, error) {
	value, ok := code.Run(object).Next()
	if !ok {
		return nil, fmt.Errorf("no output")
	}
	if err, ok := value.(error); ok {
		return nil, err
	}
	return value, nil
}

func eachTime(query string, object any) (any, error) {
	code, err := compiled(query)
	if err != nil {
		return nil, err
	}
	return first(code, object)
}

func once() evaluate {
	codes := map[string]*gojq.Code{}
	return func(query string, object any) (any, error) {
		code, ok := codes[query]
		if !ok {
			var err error
			if code, err = compiled(query); err != nil {
				return nil, err
			}
			codes[query] = code
		}
		return first(code, object)
	}
}

func members(run evaluate, queries map[string]string, object any) (map[string]any, error) {
	all := map[string]any{}
	for name, query := range queries {
		value, err := run(query, object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fields, merged := value.(map[string]any)
		if name != "*" || !merged {
			all[name] = value
			continue
		}
		for key, field := range fields {
			all[key] = field
		}
	}
	return all, nil
}

func body(run evaluate, w *work, object any) (map[string]any, error) {
	selected, err := run(w.Selector, object)
	if err != nil || selected != true {
		return nil, err
	}
	body := map[string]any{}
	m := &w.Mapping
	for name, query := range map[string]string{
		"identifier": m.Identifier, "title": m.Title, "blueprint": m.Blueprint, "icon": m.Icon,
	} {
		value, err := run(query, object)
		if err != nil {
			return nil, err
		}
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("%s is no string", name)
		}
		if text = strings.Trim(text, `"`); text != "" {
			body[name] = text
		}
	}
	for name, queries := range map[string]map[string]string{
		"properties": m.Properties, "relations": m.Relations,
	} {
		all, err := members(run, queries, object)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			body[name] = all
		}
	}
	return body, nil
}

// round goes over all objects and gives the seconds that took.
func round(run evaluate, w *work) (float64, []map[string]any, error) {
	bodies := make([]map[string]any, 0, len(w.Objects))
	started := time.Now()
	for _, object := range w.Objects {
		body, err := body(run, w, object)
		if err != nil {
			return 0, nil, err
		}
		if body != nil {
			bodies = append(bodies, body)
		}
	}
	return time.Since(started).Seconds(), bodies, nil
}

func measure(path string, rounds int) (*result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var w work
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, err
	}
	var r result
	for range rounds {
		seconds, _, err := round(eachTime, &w)
		if err != nil {
			return nil, err
		}
		r.EachTime = append(r.EachTime, seconds)
		if seconds, r.Bodies, err = round(once(), &w); err != nil {
			return nil, err
		}
		r.Once = append(r.Once, seconds)
	}
	return &r, nil
}

func main() {
	rounds, err := strconv.Atoi(os.Args[2])
	if err == nil {
		var r *result
		if r, err = measure(os.Args[1], rounds); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(r)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mapper:", err)
		os.Exit(1)
	}
}

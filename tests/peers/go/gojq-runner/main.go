// Gojq-runner answers what the exporter gets from gojq for an expression.
//
// It exists for the differential test of our jq: it calls the library as
// pkg/jq/parser.go of port-k8s-exporter v0.7.9 does (parse, compile with a
// loader of the environment, run, take the first output), and decides nothing
// itself. The environment is the request's, as the exporter has already
// reduced it.
//
// Protocol, on stdin and stdout until end of file, one JSON text a line:
//
//	request  = {"query": "…", "inputs": […], "environment": ["NAME=value", …]}
//	answer   = {"answers": [{"kind": "…", "text": "…"}, …]}, one for each input
//
// Kinds: "compile", "runtime" and "panic" with the message, "none" without an
// output, "slow" where it took too long, "value" with gojq's own JSON text.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/itchyny/gojq"
)

// limit is for one input. An expression of the tests takes a millisecond.
const limit = 2 * time.Second

type request struct {
	Query       string            `json:"query"`
	Inputs      []json.RawMessage `json:"inputs"`
	Environment []string          `json:"environment"`
}

type answer struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gojq-runner:", err)
		os.Exit(1)
	}
}

// serve answers requests in order until in ends between two of them.
func serve(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var request request
		err := requests.Decode(&request)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := answers.Encode(map[string][]answer{"answers": run(request)}); err != nil {
			return err
		}
	}
}

// run gives one answer for each input.
func run(request request) []answer {
	answers := make([]answer, len(request.Inputs))
	code, err := compile(request)
	for i, input := range request.Inputs {
		if err != nil {
			answers[i] = *err
		} else {
			answers[i] = first(code, input)
		}
	}
	return answers
}

func compile(request request) (code *gojq.Code, refusal *answer) {
	defer func() {
		if cause := recover(); cause != nil {
			code, refusal = nil, &answer{"panic", fmt.Sprint(cause)}
		}
	}()
	query, err := gojq.Parse(request.Query)
	if err != nil {
		return nil, &answer{"compile", err.Error()}
	}
	environment := func() []string { return request.Environment }
	code, err = gojq.Compile(query, gojq.WithEnvironLoader(environment))
	if err != nil {
		return nil, &answer{"compile", err.Error()}
	}
	return code, nil
}

// first runs the code on a copy of the input, which it may change.
func first(code *gojq.Code, text json.RawMessage) (result answer) {
	defer func() {
		if cause := recover(); cause != nil {
			result = answer{"panic", fmt.Sprint(cause)}
		}
	}()
	input, err := decode(text)
	if err != nil {
		return answer{"panic", err.Error()}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	value, ok := code.RunWithContext(ctx, input).Next()
	if !ok {
		return answer{"none", ""}
	}
	if err, ok := value.(error); ok {
		if ctx.Err() != nil {
			return answer{"slow", ""}
		}
		return answer{"runtime", err.Error()}
	}
	encoded, err := gojq.Marshal(value)
	if err != nil {
		return answer{"panic", err.Error()}
	}
	return answer{"value", string(encoded)}
}

// decode keeps integers as integers, as the exporter has them from the cluster.
func decode(text json.RawMessage) (any, error) {
	var input any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&input)
	return input, err
}

// Reader answers what the real Go readers see in a manifest stream.
//
// It exists for the differential tests: they ask it for the same stream before
// and after the program under test, and it decides nothing itself. Its readings:
//
//	k  kubectl: cli-runtime's resource builder, lists flattened however deep
//	a  Argo CD's two steps: gitops-engine splits the stream into JSON strings
//	   and reads each of them again
//	r  Argo CD's whole plugin route: the output loses one final line end, the
//	   two steps, then lists flattened one level deep
//
// Protocol, on stdin and stdout until end of file; lengths are big endian:
//
//	request  = mode (1 byte), length (4 bytes), the stream
//	answer   = length (4 bytes), {"documents": […]} or {"error": "…"}
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/resource"
)

type answer struct {
	Documents []map[string]any `json:"documents"`
	Error     string           `json:"error,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "reader:", err)
		os.Exit(1)
	}
}

// serve answers requests in order until in ends between two of them.
func serve(in io.Reader, out io.Writer) error {
	requests, answers := bufio.NewReader(in), bufio.NewWriter(out)
	for {
		mode, stream, err := request(requests)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := encode(read(mode, stream))
		if err != nil {
			return err
		}
		if err := binary.Write(answers, binary.BigEndian, uint32(len(body))); err != nil {
			return err
		}
		if _, err := answers.Write(body); err != nil {
			return err
		}
		if err := answers.Flush(); err != nil {
			return err
		}
	}
}

// request reads one request; io.EOF only where no further one has begun.
func request(in *bufio.Reader) (byte, []byte, error) {
	mode, err := in.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	var length uint32
	if err := binary.Read(in, binary.BigEndian, &length); err != nil {
		return 0, nil, fmt.Errorf("length of a request: %w", io.ErrUnexpectedEOF)
	}
	stream := make([]byte, length)
	if _, err := io.ReadFull(in, stream); err != nil {
		return 0, nil, fmt.Errorf("a request of %d bytes: %w", length, io.ErrUnexpectedEOF)
	}
	return mode, stream, nil
}

// read never fails: a stream that a reader refuses, or on which it panics, is
// an answer like any other.
func read(mode byte, stream []byte) (documents []*unstructured.Unstructured, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			documents, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	switch mode {
	case 'k':
		return kubectl(stream)
	case 'a':
		return argocd(stream)
	case 'r':
		documents, err := argocd(bytes.TrimSuffix(stream, []byte("\n")))
		if err != nil {
			return nil, err
		}
		return flatten(documents)
	}
	return nil, fmt.Errorf("unknown mode %q", mode)
}

// kubectl reads as `kubectl … --local -f -` does.
func kubectl(stream []byte) ([]*unstructured.Unstructured, error) {
	infos, err := resource.NewLocalBuilder().
		Unstructured().
		Stream(bytes.NewReader(stream), "stdin").
		Flatten().
		Do().
		Infos()
	if err != nil {
		return nil, err
	}
	documents := make([]*unstructured.Unstructured, 0, len(infos))
	for _, info := range infos {
		document, ok := info.Object.(*unstructured.Unstructured)
		if !ok {
			return nil, fmt.Errorf("the builder gave a %T", info.Object)
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// argocd reads twice: the cmp-server in cmpserver/plugin/plugin.go
// (generateManifest), then the repo-server in reposerver/repository/repository.go
// (runConfigManagementPluginSidecars), both of v3.6.1. The line end that the
// route takes off is runCommand's, in the first of these files.
func argocd(stream []byte) ([]*unstructured.Unstructured, error) {
	manifests, err := kube.SplitYAMLToString(stream)
	if err != nil {
		return nil, err
	}
	var documents []*unstructured.Unstructured
	for _, manifest := range manifests {
		again, err := kube.SplitYAML([]byte(manifest))
		if err != nil {
			return nil, err
		}
		documents = append(documents, again...)
	}
	return documents, nil
}

// flatten opens lists as the repo-server's GenerateManifests does: one level,
// and a list whose items are null is gone.
func flatten(documents []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var flat []*unstructured.Unstructured
	for _, document := range documents {
		if !document.IsList() {
			if !isNullList(document) {
				flat = append(flat, document)
			}
			continue
		}
		err := document.EachListItem(func(item runtime.Object) error {
			object, ok := item.(*unstructured.Unstructured)
			if !ok {
				return fmt.Errorf("a list item is a %T", item)
			}
			flat = append(flat, object)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return flat, nil
}

// isNullList is the repo-server's function of that name, which is not exported.
func isNullList(document *unstructured.Unstructured) bool {
	if _, ok := document.Object["spec"]; ok {
		return false
	}
	if _, ok := document.Object["status"]; ok {
		return false
	}
	items, ok := document.Object["items"]
	return ok && items == nil
}

// encode gives the objects as they are held, without the `kind` check that
// unstructured's own encoder makes.
func encode(documents []*unstructured.Unstructured, err error) ([]byte, error) {
	if err != nil {
		return json.Marshal(map[string]string{"error": err.Error()})
	}
	objects := make([]map[string]any, 0, len(documents))
	for _, document := range documents {
		objects = append(objects, document.Object)
	}
	return json.Marshal(answer{Documents: objects})
}

// What Kubernetes' own reader makes of YAML, as JSON: one line a document, `error: …` for one that
// it refuses. The cases of the manifest crate are read anew with
//
//	go run . ../../../crates/manifest/corpus/yaml/*.cases
//
// and any other files with `go run . -files FILE...`, which prints.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	jsonutil "k8s.io/apimachinery/pkg/util/json"
	machinery "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// The signs that stand for what an editor would not show or keep.
var signs = strings.NewReplacer("␣", " ", "␉", "\t", "␍", "\r", "␄\n", "", "␗", "\ufeff", "␤", "\u0085",
	"␊", "\u2028", "␛", "\u2029", "␀", "\u0001", "␡", "\u007f")

func fail(out io.Writer, err error) {
	fmt.Fprintf(out, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
}

func emit(out io.Writer, text []byte) {
	var value interface{}
	if err := jsonutil.Unmarshal(text, &value); err != nil {
		fail(out, err)
		return
	}
	if value == nil {
		return
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fail(out, err)
	}
}

func convert(out io.Writer, document []byte) {
	text, err := yaml.YAMLToJSON(document)
	if err != nil {
		fail(out, err)
		return
	}
	emit(out, text)
}

// Reads JSON values from the front and gives what is left to be read as YAML.
func values(out io.Writer, text []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for count := 0; ; count++ {
		before := decoder.InputOffset()
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		switch {
		case err == io.EOF:
			return nil
		case err != nil && count > 1:
			fail(out, err)
			return nil
		case err != nil:
			rest := text[before:]
			if count > 0 {
				if end := bytes.IndexByte(rest, '\n'); end >= 0 && len(bytes.TrimSpace(rest[:end])) == 0 {
					rest = rest[end+1:]
				}
			}
			return rest
		}
		emit(out, raw)
	}
}

func read(out io.Writer, text []byte) {
	if machinery.IsJSONBuffer(text) {
		text = values(out, text)
	}
	reader := machinery.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			fail(out, err)
			return
		}
		convert(out, document)
	}
}

func goldens(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	build, _ := debug.ReadBuildInfo()
	for _, module := range build.Deps {
		switch module.Path {
		case "sigs.k8s.io/yaml", "go.yaml.in/yaml/v2", "k8s.io/apimachinery":
			fmt.Fprintf(&out, "%s %s\n", module.Path, module.Version)
		}
	}
	fmt.Fprintf(&out, "sha256 %x\n", sha256.Sum256(text))
	// The line break before a title belongs to the text before it.
	for _, one := range strings.Split(strings.ReplaceAll("\n"+string(text), "\n=== ", "\n\x00"), "\x00")[1:] {
		title, text, _ := strings.Cut(one, "\n")
		fmt.Fprintf(&out, "=== %s\n", title)
		read(&out, []byte(signs.Replace(text)))
	}
	return os.WriteFile(strings.TrimSuffix(name, ".cases")+".golden", out.Bytes(), 0o644)
}

func main() {
	names := os.Args[1:]
	if len(names) > 0 && names[0] == "-files" {
		out := bufio.NewWriter(os.Stdout)
		defer out.Flush()
		for _, name := range names[1:] {
			text, err := os.ReadFile(name)
			if err != nil {
				fail(os.Stderr, err)
				continue
			}
			fmt.Fprintf(out, "== %s\n", name)
			read(out, text)
		}
		return
	}
	for _, name := range names {
		if err := goldens(name); err != nil {
			fail(os.Stderr, err)
			os.Exit(1)
		}
	}
}

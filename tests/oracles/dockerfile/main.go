// What BuildKit's own parser and lexer say of the Dockerfiles in a folder, as JSON, and what shfmt's
// parser says of their shell commands. Made anew with
//
//	go run . ../../../crates/manifest/corpus/dockerfile > ../../../crates/manifest/corpus/dockerfile.json
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"mvdan.cc/sh/v3/syntax"
)

type heredoc struct {
	Name    string `json:"name"`
	Fd      uint   `json:"descriptor"`
	Expand  bool   `json:"expand"`
	Chomp   bool   `json:"chomp"`
	Content string `json:"content"`
}
type node struct {
	Name     string    `json:"name"`
	Flags    []string  `json:"flags,omitempty"`
	Args     []string  `json:"arguments,omitempty"`
	JSON     bool      `json:"json,omitempty"`
	Heredocs []heredoc `json:"heredocs,omitempty"`
	Line     int       `json:"line"`
	End      int       `json:"end"`
	Text     string    `json:"text"`
	Values   []value   `json:"values,omitempty"`
	Trigger  *node     `json:"trigger,omitempty"`
	// The simple commands of RUN in shell form, as shfmt's parser reads them, sorted.
	Commands [][]string `json:"commands,omitempty"`
}
type value struct {
	Text  string `json:"text"`
	Known bool   `json:"known"`
}
type stage struct {
	Name string `json:"name"`
	Base value  `json:"base"`
}
type golden struct {
	File         string            `json:"file"`
	Error        string            `json:"error,omitempty"`
	Lines        []int             `json:"error_lines,omitempty"`
	Escape       string            `json:"escape,omitempty"`
	Directives   map[string]string `json:"directives,omitempty"`
	Instructions []node            `json:"instructions,omitempty"`
	Stages       []stage           `json:"stages,omitempty"`
}

// text gives a word without quotes and escapes; variables and substitutions stay as written.
func text(w *syntax.Word, src string) string {
	var b strings.Builder
	unescaped := func(v, special string) {
		for i := 0; i < len(v); i++ {
			if v[i] == '\\' && i+1 < len(v) && (special == "" || strings.IndexByte(special, v[i+1]) >= 0) {
				i++
			}
			b.WriteByte(v[i])
		}
	}
	raw := func(n syntax.Node) { b.WriteString(src[n.Pos().Offset():n.End().Offset()]) }
	for _, part := range w.Parts {
		switch x := part.(type) {
		case *syntax.Lit:
			unescaped(x.Value, "")
		case *syntax.SglQuoted:
			b.WriteString(x.Value)
		case *syntax.DblQuoted:
			for _, inner := range x.Parts {
				if l, ok := inner.(*syntax.Lit); ok {
					unescaped(l.Value, "\"$`\\")
				} else {
					raw(inner)
				}
			}
		default:
			raw(part)
		}
	}
	return b.String()
}

// commands are those that a shell starts by itself: what sudo or sh -c start is not among them.
func commands(src string) (found [][]string) {
	file, err := syntax.NewParser().Parse(strings.NewReader(src), "")
	if err != nil {
		return nil
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			var words []string
			for _, arg := range call.Args {
				words = append(words, text(arg, src))
			}
			found = append(found, words)
		}
		return true
	})
	sort.Slice(found, func(i, j int) bool { return fmt.Sprint(found[i]) < fmt.Sprint(found[j]) })
	return found
}

func dump(n *parser.Node) node {
	d := node{Name: strings.ToUpper(n.Value), Flags: n.Flags, JSON: n.Attributes["json"], Line: n.StartLine, End: n.EndLine, Text: n.Original}
	for _, h := range n.Heredocs {
		d.Heredocs = append(d.Heredocs, heredoc{h.Name, h.FileDescriptor, h.Expand, h.Chomp, h.Content})
	}
	for a := n.Next; a != nil; a = a.Next {
		if len(a.Children) == 1 {
			t := dump(a.Children[0])
			t.Line, t.End = n.StartLine, n.EndLine
			d.Trigger = &t
		} else {
			d.Args = append(d.Args, a.Value)
		}
	}
	if d.Name == "RUN" && !d.JSON && len(d.Heredocs) == 0 && len(d.Args) == 1 {
		d.Commands = commands(d.Args[0])
	}
	return d
}

// env answers as the builder would, and notes when only the builder or a base image knows.
type env struct {
	vals    map[string]*string
	open    bool
	unknown bool
}

func (e *env) Get(k string) (string, bool) {
	v, ok := e.vals[k]
	if ok && v != nil {
		return *v, true
	}
	if ok || e.open {
		e.unknown = true
	}
	return "", false
}
func (e *env) Keys() []string { return nil }

func lines(err error) []int {
	var el *parser.LocationError
	if errors.As(err, &el) {
		min, max := 1<<30, 0
		for _, rs := range el.Locations {
			for _, r := range rs {
				if r.Start.Line < min {
					min = r.Start.Line
				}
				if r.End.Line > max {
					max = r.End.Line
				}
				if r.Start.Line > max {
					max = r.Start.Line
				}
			}
		}
		return []int{min, max}
	}
	return nil
}

func one(path string) (g golden) {
	g.File = filepath.Base(path)
	data, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	fail := func(err error) golden {
		g = golden{File: g.File, Error: err.Error(), Lines: lines(err)}
		return g
	}
	res, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return fail(err)
	}
	g.Escape = string(res.EscapeToken)
	g.Directives = map[string]string{}
	for _, k := range []string{"syntax", "escape", "check"} {
		if _, cmdline, _, ok := parser.ParseDirective(k, data); ok {
			g.Directives[k] = cmdline
		}
	}
	// Comments that configure BuildKit's linter, which we do not use.
	for _, n := range res.AST.Children {
		n.PrevComment = nil
	}
	if _, _, err := instructions.Parse(res.AST, nil); err != nil {
		return fail(err)
	}
	lex := shell.NewLex(res.EscapeToken)
	global := &env{vals: map[string]*string{}}
	for _, p := range strings.Split("BUILDPLATFORM BUILDOS BUILDOSVERSION BUILDARCH BUILDVARIANT TARGETPLATFORM TARGETOS TARGETOSVERSION TARGETARCH TARGETVARIANT TARGETSTAGE", " ") {
		global.vals[p] = nil
	}
	var cur *env
	byName := map[string]*env{}
	expand := func(w string, e *env) (value, error) {
		e.unknown = false
		r, _, err := lex.ProcessWord(w, e)
		return value{r, !e.unknown}, err
	}
	set := func(e *env, k string, v value) {
		if v.Known {
			t := v.Text
			e.vals[k] = &t
		} else {
			e.vals[k] = nil
		}
	}
	for _, n := range res.AST.Children {
		d := dump(n)
		cmd, err := instructions.ParseInstruction(n)
		if err != nil {
			return fail(err)
		}
		add := func(words ...string) error {
			for _, w := range words {
				v, err := expand(w, cur)
				if err != nil {
					return parser.WithLocation(err, n.Location())
				}
				d.Values = append(d.Values, v)
			}
			return nil
		}
		err = nil
		switch c := cmd.(type) {
		case *instructions.Stage:
			v, e := expand(c.BaseName, global)
			if e != nil {
				return fail(parser.WithLocation(e, n.Location()))
			}
			if v.Known && v.Text == "" {
				return fail(parser.WithLocation(fmt.Errorf("base name (%s) should not be blank", c.BaseName), n.Location()))
			}
			g.Stages = append(g.Stages, stage{c.Name, v})
			cur = &env{vals: map[string]*string{}, open: v.Text != "scratch"}
			if b, ok := byName[strings.ToLower(v.Text)]; ok && v.Known {
				cur.open = b.open
				for k, x := range b.vals {
					cur.vals[k] = x
				}
			}
			if c.Name != "" {
				byName[c.Name] = cur
			}
			d.Values = []value{v}
		case *instructions.ArgCommand:
			e := cur
			if e == nil {
				e = global
			}
			for _, a := range c.Args {
				if a.Value != nil {
					v, er := expand(*a.Value, e)
					if er != nil {
						return fail(parser.WithLocation(er, n.Location()))
					}
					d.Values = append(d.Values, v)
					set(e, a.Key, v)
				} else if cur != nil {
					if v, ok := global.Get(a.Key); ok {
						d.Values = append(d.Values, value{v, true})
						set(e, a.Key, value{v, true})
					} else {
						d.Values = append(d.Values, value{"", false})
						e.vals[a.Key] = nil
					}
				} else {
					d.Values = append(d.Values, value{"", false})
					if _, ok := e.vals[a.Key]; !ok {
						e.vals[a.Key] = nil
					}
				}
			}
		case *instructions.EnvCommand:
			var ks []string
			for _, kv := range c.Env {
				k, er := expand(kv.Key, cur)
				if er != nil {
					return fail(parser.WithLocation(er, n.Location()))
				}
				ks = append(ks, k.Text)
				if err = add(kv.Value); err != nil {
					break
				}
			}
			if err == nil {
				for i, k := range ks {
					set(cur, k, d.Values[i])
				}
			}
		case *instructions.LabelCommand:
			for _, kv := range c.Labels {
				if _, er := expand(kv.Key, cur); er != nil {
					err = parser.WithLocation(er, n.Location())
					break
				}
				if err = add(kv.Value); err != nil {
					break
				}
			}
		case *instructions.AddCommand, *instructions.CopyCommand:
			for _, w := range d.Args {
				if parser.MustParseHeredoc(w) != nil {
					d.Values = append(d.Values, value{w, true})
				} else if err = add(w); err != nil {
					break
				}
			}
		case *instructions.UserCommand:
			err = add(c.User)
		case *instructions.WorkdirCommand:
			err = add(c.Path)
		case *instructions.StopSignalCommand:
			err = add(c.Signal)
		case *instructions.VolumeCommand:
			err = add(c.Volumes...)
		case *instructions.ExposeCommand:
			for _, w := range d.Args {
				cur.unknown = false
				ws, er := lex.ProcessWords(w, cur)
				if er != nil {
					err = parser.WithLocation(er, n.Location())
					break
				}
				for _, x := range ws {
					d.Values = append(d.Values, value{x, !cur.unknown})
				}
			}
		}
		if err != nil {
			return fail(err)
		}
		// What is not known has no text to compare.
		for i := range d.Values {
			if !d.Values[i].Known {
				d.Values[i].Text = ""
			}
		}
		g.Instructions = append(g.Instructions, d)
	}
	for i := range g.Stages {
		if !g.Stages[i].Base.Known {
			g.Stages[i].Base.Text = ""
		}
	}
	if len(g.Stages) == 0 {
		return fail(errors.New("dockerfile contains no stages to build"))
	}
	return g
}

func main() {
	files, _ := filepath.Glob(os.Args[1] + "/*.Dockerfile")
	sort.Strings(files)
	version := ""
	if bi, ok := debug.ReadBuildInfo(); ok {
		for _, d := range bi.Deps {
			if d.Path == "github.com/moby/buildkit" {
				version = d.Version
			}
		}
	}
	fmt.Printf("{\"tool\":\"github.com/moby/buildkit/frontend/dockerfile\",\"version\":%q,\"files\":[\n", version)
	for i, f := range files {
		b := &bytes.Buffer{}
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		enc.Encode(one(f))
		sep := ","
		if i == len(files)-1 {
			sep = ""
		}
		fmt.Printf("%s%s\n", strings.TrimSpace(b.String()), sep)
	}
	fmt.Println("]}")
}

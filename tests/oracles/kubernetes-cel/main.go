// What Kubernetes itself makes of CEL expressions: reads files of expressions, evaluates each in
// the environment of the API server, and writes its results back under them.
//
//	cargo xtask oracles ask
//
// A file has one expression per line. The line after it is written by this program: `= value`, or
// `! compile` or `! run` with the first line of the message. Lines with `#` and empty lines stay.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

// rules answers the authorizer: who may do what in this small cluster.
type rules struct{}

func (rules) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	question := fmt.Sprintf("%s %s", a.GetUser().GetName(), a.GetVerb())
	if a.IsResourceRequest() {
		question += fmt.Sprintf(" %s/%s/%s %s/%s", a.GetAPIGroup(), a.GetResource(), a.GetSubresource(), a.GetNamespace(), a.GetName())
	} else {
		question += " " + a.GetPath()
	}
	if strings.Contains(question, "broken") {
		return authorizer.DecisionNoOpinion, "", fmt.Errorf("no answer to %s", question)
	}
	if strings.Contains(question, " get ") {
		return authorizer.DecisionAllow, "allowed: " + question, nil
	}
	return authorizer.DecisionDeny, "denied: " + question, nil
}

func quote(text string) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(buffer.String(), "\n")
}

// plain writes a quantity as a decimal number.
func plain(quantity *resource.Quantity) string {
	copied := quantity.DeepCopy()
	text := copied.AsDec().String()
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// show writes a value so that no two values have the same text.
func show(value ref.Val) string {
	switch v := value.(type) {
	case types.Null:
		return "null"
	case types.Bool, types.Int:
		return fmt.Sprint(v.Value())
	case types.Uint:
		return fmt.Sprint(v.Value()) + "u"
	case types.Double:
		return "double " + string(v.ConvertToType(types.StringType).(types.String))
	case types.String:
		return quote(string(v))
	case types.Bytes:
		return fmt.Sprintf("bytes %x", []byte(v))
	case types.Timestamp:
		return "timestamp " + v.Time.UTC().Format(time.RFC3339Nano)
	case types.Duration:
		return fmt.Sprintf("duration %dns", v.Duration.Nanoseconds())
	case *types.Optional:
		if v.HasValue() {
			return "optional.of(" + show(v.GetValue()) + ")"
		}
		return "optional.none()"
	case *types.Type:
		return "type " + v.TypeName()
	case apiservercel.Quantity:
		return "quantity " + plain(v.Quantity)
	case *apiservercel.Quantity:
		return "quantity " + plain(v.Quantity)
	case apiservercel.Semver:
		return "semver " + v.Version.String()
	case apiservercel.IP:
		return "ip " + v.Addr.String()
	case apiservercel.CIDR:
		return "cidr " + v.Prefix.String()
	case apiservercel.URL:
		return "url " + v.URL.String()
	case apiservercel.Format:
		for name, format := range library.ConstantFormats {
			if format.Name == v.Name {
				return "format " + name
			}
		}
		return "format " + v.Name
	case traits.Mapper:
		var entries []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			entries = append(entries, show(key)+": "+show(v.Get(key)))
		}
		sort.Strings(entries)
		return "{" + strings.Join(entries, ", ") + "}"
	case traits.Lister:
		var items []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			items = append(items, show(it.Next()))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return "value of type " + value.Type().TypeName()
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func judge(env *cel.Env, variables map[string]any, expression string) string {
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return "! compile " + firstLine(issues.Err())
	}
	program, err := env.Program(ast)
	if err != nil {
		return "! compile " + firstLine(err)
	}
	value, _, err := program.Eval(variables)
	if err != nil {
		return "! run " + firstLine(err)
	}
	return "= " + show(value)
}

func main() {
	set := environment.MustBaseEnvSet(version.MajorMinor(1, 37))
	set, err := set.Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions: []cel.EnvOption{
			cel.Variable("authorizer", library.AuthorizerType),
			cel.Variable("object", cel.DynType),
			ext.Bindings(),
			library.JSONPatch(),
		},
	})
	if err != nil {
		panic(err)
	}
	variables := map[string]any{
		"authorizer": library.NewAuthorizerVal(&user.DefaultInfo{Name: "alice"}, rules{}),
		"object": map[string]any{
			"name": "web", "replicas": int64(3), "ratio": 0.5, "paused": false, "nothing": nil,
			"labels": map[string]any{"app": "shop", "tier": "front"},
			"ports":  []any{int64(80), int64(443)},
			"containers": []any{
				map[string]any{"name": "web", "image": "shop/web:1.2"},
				map[string]any{"name": "log", "image": "shop/log", "privileged": true},
			},
		},
	}
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		var out []string
		for _, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
			switch {
			case strings.HasPrefix(line, "= "), strings.HasPrefix(line, "! "):
			case line == "", strings.HasPrefix(line, "#"):
				out = append(out, line)
			default:
				out = append(out, line, judge(set.NewExpressionsEnv(), variables, line))
			}
		}
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n")+"\n"), 0o644); err != nil {
			panic(err)
		}
	}
}

// What Kubernetes itself says about access and selectors: reads a folder with roles and bindings
// (rbac.yaml) and questions (questions.txt), and prints the questions with the answers of the API
// server's RBAC authorizer and of its label selectors, to be the next questions.txt.
//
//	can USER[+GROUP...] VERB GROUP/RESOURCE[/SUBRESOURCE] NAMESPACE NAME
//	can USER[+GROUP...] VERB path:/PATH - -
//	selects SELECTOR LABELS
//
// Words are divided by spaces, `-` is none, selectors and labels are JSON.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
	"sigs.k8s.io/yaml"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func read[T any](document []byte, list *[]*T) {
	object := new(T)
	must(yaml.UnmarshalStrict(document, object))
	*list = append(*list, object)
}

func asker(text string) (authorizer.Authorizer, error) {
	var roles []*rbacv1.Role
	var roleBindings []*rbacv1.RoleBinding
	var clusterRoles []*rbacv1.ClusterRole
	var clusterRoleBindings []*rbacv1.ClusterRoleBinding
	for _, document := range strings.Split(text, "\n---\n") {
		var head metav1.TypeMeta
		must(yaml.Unmarshal([]byte(document), &head))
		switch head.Kind {
		case "Role":
			read([]byte(document), &roles)
		case "RoleBinding":
			read([]byte(document), &roleBindings)
		case "ClusterRole":
			read([]byte(document), &clusterRoles)
		case "ClusterRoleBinding":
			read([]byte(document), &clusterRoleBindings)
		default:
			return nil, fmt.Errorf("what is a %q", head.Kind)
		}
	}
	_, static := validation.NewTestRuleResolver(roles, roleBindings, clusterRoles, clusterRoleBindings)
	return rbac.New(static, static, static, static), nil
}

func word(text string) string {
	if text == "-" {
		return ""
	}
	return text
}

func can(rules authorizer.Authorizer, words []string) bool {
	names := strings.Split(words[0], "+")
	who := user.DefaultInfo{Name: names[0], Groups: names[1:]}
	attributes := authorizer.AttributesRecord{User: &who, Verb: words[1]}
	if path, is := strings.CutPrefix(words[2], "path:"); is {
		attributes.Path = path
	} else {
		attributes.ResourceRequest = true
		parts := strings.SplitN(words[2], "/", 3)
		attributes.APIGroup, attributes.Resource = parts[0], parts[1]
		if len(parts) == 3 {
			attributes.Subresource = parts[2]
		}
		attributes.Namespace, attributes.Name = word(words[3]), word(words[4])
	}
	decision, _, err := rules.Authorize(context.Background(), attributes)
	_ = err // Of roles that are not there; the decision counts.
	return decision == authorizer.DecisionAllow
}

func selects(words []string) bool {
	var selector metav1.LabelSelector
	must(json.Unmarshal([]byte(words[0]), &selector))
	set := labels.Set{}
	must(json.Unmarshal([]byte(words[1]), &set))
	parsed, err := metav1.LabelSelectorAsSelector(&selector)
	must(err)
	return parsed.Matches(set)
}

func main() {
	folder := os.Args[1]
	objects, err := os.ReadFile(filepath.Join(folder, "rbac.yaml"))
	must(err)
	rules, err := asker(string(objects))
	must(err)
	questions, err := os.ReadFile(filepath.Join(folder, "questions.txt"))
	must(err)
	for scanner := bufio.NewScanner(bytes.NewReader(questions)); scanner.Scan(); {
		question, _, _ := strings.Cut(scanner.Text(), " = ")
		words := strings.Fields(question)
		answer := "no"
		if words[0] == "can" && can(rules, words[1:]) || words[0] == "selects" && selects(words[1:]) {
			answer = "yes"
		}
		fmt.Println(question, "=", answer)
	}
}

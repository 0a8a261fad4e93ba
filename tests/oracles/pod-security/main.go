// What the reference evaluator of Pod Security says of every pod in the folder of its own test
// data, at every level and version:
//
//	go run . ../../../target/oracles/k8s.io/pod-security-admission@v0.37.2/test/testdata \
//	    > ../../goldens/pod-security/verdicts.txt
//
// The first line names the module; each other line is a level, a version, how many pods fail and
// the SHA-256 of all lines `path message`. With a second argument those lines are printed too.
package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const module = "k8s.io/pod-security-admission@v0.37.2"

// One more than the newest version: it must be judged as the newest.
const minorMax = 38

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	check(err)
	root := os.Args[1]
	var paths []string
	check(filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if strings.HasSuffix(path, ".yaml") {
			paths = append(paths, path)
		}
		return err
	}))
	sort.Strings(paths)
	pods := make([]*corev1.Pod, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		check(err)
		pods[i] = &corev1.Pod{}
		check(yaml.UnmarshalStrict(text, pods[i]))
	}
	fmt.Println(module)
	for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
		for minor := 0; minor <= minorMax; minor++ {
			version := api.LevelVersion{Level: level, Version: api.MajorMinorVersion(1, minor)}
			hash := sha256.New()
			failed := 0
			for i, pod := range pods {
				results := evaluator.EvaluatePod(version, &pod.ObjectMeta, &pod.Spec)
				result := policy.AggregateCheckResults(results)
				relative, err := filepath.Rel(root, paths[i])
				check(err)
				if !result.Allowed {
					failed++
				}
				line := fmt.Sprintf("%s %s\n", relative, result.ForbiddenDetail())
				hash.Write([]byte(line))
				if len(os.Args) > 2 {
					fmt.Printf("%s v1.%d %s", level, minor, line)
				}
			}
			fmt.Printf("%s v1.%d %d %x\n", level, minor, failed, hash.Sum(nil))
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

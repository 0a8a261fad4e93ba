// Command agent is in the test image stripped of its symbols.
package main

import (
	"fmt"

	"github.com/miekg/dns"
	"github.com/sirupsen/logrus"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

func main() {
	tag, err := language.Parse("en")
	text, _ := yaml.Marshal(map[string]int{"a": 1})
	logrus.Info(tag, err, string(text), dns.Fqdn("example.test"))
	fmt.Println("agent")
}

// Command ledger is in the test image for the modules it is linked with.
package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/dgrijalva/jwt-go"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/net/html"
	"golang.org/x/text/language"
	"gopkg.in/yaml.v2"
)

func main() {
	engine := gin.New()
	engine.GET("/metrics", gin.WrapH(promhttp.Handler()))
	node, err := html.Parse(strings.NewReader("<p>"))
	tag, _ := language.Parse("en")
	text, _ := yaml.Marshal(map[string]int{"a": 1})
	_, key := ssh.ParsePublicKey(nil)
	token := jwt.New(jwt.SigningMethodHS256)
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	fmt.Println(node, err, tag, string(text), key, token, upgrader.ReadBufferSize, engine != nil)
}

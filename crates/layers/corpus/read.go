//go:build ignore

// What Go's archive/tar sees in an archive, one line an entry.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println("error:", err)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+header.Name), "/")
		if name == "" || header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		content := sha256.New()
		if _, err := io.Copy(content, reader); err != nil {
			fmt.Println("error:", err)
			return
		}
		var kind string
		size := int64(0)
		switch header.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse, tar.TypeCont:
			size = header.Size
			kind = fmt.Sprintf("f %d", size)
		case tar.TypeDir:
			kind = "d"
		case tar.TypeSymlink:
			kind = "l " + header.Linkname
		case tar.TypeLink:
			kind = "h " + strings.TrimPrefix(path.Clean("/"+header.Linkname), "/")
		default:
			kind = "o"
		}
		fmt.Printf("%s %o %s %x\n", name, header.Mode&0o7777, kind, content.Sum(nil)[:6])
	}
}

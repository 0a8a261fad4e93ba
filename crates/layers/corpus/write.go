//go:build ignore

// Archives as Go's archive/tar writes them, and with it Docker and BuildKit.
package main

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	formats := map[string]tar.Format{"ustar": tar.FormatUSTAR, "pax": tar.FormatPAX, "gnu": tar.FormatGNU}
	for name, format := range formats {
		file, err := os.Create(filepath.Join(os.Args[1], "go-"+name+".tar"))
		check(err)
		writer := tar.NewWriter(file)
		add := func(name string, flag byte, mode int64, link, content string) {
			header := tar.Header{Name: name, Typeflag: flag, Mode: mode, Linkname: link,
				Size: int64(len(content)), Format: format, ModTime: time.Unix(1700000000, 0)}
			check(writer.WriteHeader(&header))
			_, err := writer.Write([]byte(content))
			check(err)
		}
		add("etc/", tar.TypeDir, 0o755, "", "")
		add("etc/passwd", tar.TypeReg, 0o644, "", "root:x:0:0::/root:/bin/sh\n")
		add("etc/shadow-", tar.TypeLink, 0o600, "etc/passwd", "")
		add("etc/mtab", tar.TypeSymlink, 0o777, "../proc/self/mounts", "")
		add("run/pipe", tar.TypeFifo, 0o600, "", "")
		add("bin/su", tar.TypeReg, 0o4755, "", strings.Repeat("su", 700))
		add(strings.Repeat("prefix/", 14)+strings.Repeat("n", 90), tar.TypeReg, 0o644, "", "x")
		if format != tar.FormatUSTAR {
			add(strings.Repeat("long/", 60)+"file", tar.TypeReg, 0o644, "", "deep")
			add("far", tar.TypeSymlink, 0o777, strings.Repeat("t", 400), "")
		}
		add("last", tar.TypeReg, 0o644, "", "")
		check(writer.Close())
		check(file.Close())
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

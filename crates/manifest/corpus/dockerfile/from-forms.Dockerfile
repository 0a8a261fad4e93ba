FROM a
FROM a AS b
FROM b as c
FROM --platform=linux/arm64 c AS d.e-f_g
FROM reg.example.com:5000/x/y:tag@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

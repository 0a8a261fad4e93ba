FROM alpine
RUN <<"EOF" cat
$A
EOF
RUN <<'E O'
a
E O
RUN <<-EOF
		a
	EOF
RUN 3<<EOF cat <&3
x
EOF
RUN << EOF
y
EOF
RUN <<E"O"F
z
EOF
RUN <<\EOF
w
EOF

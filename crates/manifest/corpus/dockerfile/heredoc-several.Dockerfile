FROM alpine
RUN <<A cat <<B
one
A
two
B
COPY <<one.txt <<-"two.txt" c /d/
1 $X
one.txt
	2
	two.txt
ADD <<f /f
f body
f

FROM alpine
COPY a    b	 c  d/
COPY a\ b c
COPY "a b" c

   FROM alpine
	 RUN true
  # comment
    CMD x

FROM alpine
RUN one \
  # a comment
  two \

  three \
   	 
  # last
  four
CMD x

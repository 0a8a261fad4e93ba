FROM alpine
RUN a 'b "c' "d 'e" f\ g "h\"i" j"k"'l' && echo "a && b | c" \; d
RUN echo ${B:-c d} "$E" $F$G "${H:-i j}" ${K:-{}}
RUN "if" x; 'then' y

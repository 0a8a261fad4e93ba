FROM alpine
RUN a >b 2>&1 <c >>d && e &>f g 3<h
RUN echo x > /dev/null; cat <<< word | b
RUN while read x; do a $x; done < <(curl y)

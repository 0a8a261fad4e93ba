FROM alpine
RUN a b && c || d; e & f
RUN curl -s x | tee y | /bin/sh -s
RUN (a; b) && { c; }; ! d
RUN a |& b # comment && c
RUN a;b;;

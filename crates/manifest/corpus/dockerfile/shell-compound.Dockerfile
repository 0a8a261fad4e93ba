FROM alpine
RUN if a; then b; elif c; then d; else e; fi; f
RUN for x in 1 $(a); do b $x; done; while c; do d; done | e
RUN case "$(a)" in b) c ;; d|e) f && g;; *) h ;; esac; i
RUN f() { a; }; function g { b; }; f
RUN for ((i=0; i<3; i++)); do a; done; ((i++)); (( a > b )) && c
RUN if [[ $a =~ ^(b|c)$ && d < e ]]; then f; fi
RUN until a; do case b in c) d;; esac; done

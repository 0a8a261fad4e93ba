FROM alpine
RUN A=b c && D=$(e f) g; H=(i j) k; L+=m; n[1]=o p
RUN A=$(case $(a) in b) c ;; d) (e) ;; esac) f | g
RUN a=${b:-{\}}; c=(d) e

FROM scratch
ENV N=name
ENV $N=1 ${N}2=2
ENV V=$name$name2

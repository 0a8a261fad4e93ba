FROM alpine
RUN a $(b `c`) "$(d | e "$(f)")" $((1 + $(g))) ${h:-$(i)}
RUN tar -xf <(curl x) && diff <(a | b) <(c)
RUN a=($(b) `c`); echo "$(d)"

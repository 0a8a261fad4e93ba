FROM scratch
ENV A=${U:?must be set}

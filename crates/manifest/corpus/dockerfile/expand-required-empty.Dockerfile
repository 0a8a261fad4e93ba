FROM scratch
ENV E=
ENV A=${E:?}

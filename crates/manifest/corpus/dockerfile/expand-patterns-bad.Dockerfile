FROM scratch
ENV P=a
ENV A=${P#\a}

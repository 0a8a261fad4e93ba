FROM scratch
ENV P="a.b c.d"
ENV A=${P#*"b "} B="${P%.*}" C=${P//"."/_}

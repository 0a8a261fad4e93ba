FROM scratch
ENV A=${U#x} B=${U/a/b} C=${U%%y}

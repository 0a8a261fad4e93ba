FROM scratch
ENV A=a\b\c B="a\b\\c" C='a\b'

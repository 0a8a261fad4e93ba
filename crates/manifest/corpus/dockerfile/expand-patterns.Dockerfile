FROM scratch
ENV P=/usr/local/bin/foo.tar.gz
ENV A=${P#*/} B=${P##*/} C=${P%.*} D=${P%%.*} E=${P#x} F=${P%/*} G=${P#/usr} H=${P##} I=${P%gz}
ENV J=${P/o/0} K=${P//o/0} L=${P/l*l/L} M=${P//\//-} N=${P/x/y} O=${P/foo/} Q=${P//?/x} R=${P##/*/}

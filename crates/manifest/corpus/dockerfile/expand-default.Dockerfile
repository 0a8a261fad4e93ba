FROM scratch
ENV S=set E=
ENV A=${S:-d} B=${E:-d} C=${U:-d} D=${E-d} F=${U-d}
ENV G=${S:+a} H=${E:+a} I=${U:+a} J=${E+a} K=${U+a}
ENV L=${S?no} M=${E?no} N=${S:?no}

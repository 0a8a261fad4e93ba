FROM scratch
ENV A=1
ENV B=${U:-${V:-${A}}} C=${U:-"a b"} D="${U:-x $A}" E=${U:-'$A'}

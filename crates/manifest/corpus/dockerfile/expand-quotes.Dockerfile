FROM scratch
ENV A=1
ENV B='$A' C="$A" D=\$A E="\$A" F="\\$A" G=$A$A H=${A}b I=$Ab J=a$ K="$" L=$1 M=$$ N=$@x

FROM scratch
ENV A b  c  "d"
ENV A=b c=d e="f g" h='i j' k=l\ m n="a\"b" o='x"y'
ENV X= Y="" Z=''

FROM scratch
LABEL a.b.c="d e" f=g "h i"="j" maintainer=me
LABEL single	value with blanks

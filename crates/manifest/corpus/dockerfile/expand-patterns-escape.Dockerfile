FROM scratch
ENV P=a*b?c*d
ENV A=${P#a\*} B=${P%\**} C=${P//\*/star} D=${P/\?/q} E=${P%%\**}

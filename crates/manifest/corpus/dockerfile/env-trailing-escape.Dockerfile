FROM scratch
ENV A=b\ 

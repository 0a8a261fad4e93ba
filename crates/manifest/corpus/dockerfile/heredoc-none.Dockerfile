FROM alpine
RUN cat <<< "here string"
RUN echo $((1<<2))
RUN echo "<<EOF"
RUN echo '<<EOF'
RUN a << b<c
ENV A=<<EOF
CMD cat <<EOF

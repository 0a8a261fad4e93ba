FROM debian:12
RUN apt-get install -y sudo && echo "sudo ls" && visudo -c # sudo
RUN ["echo", "sudo"]

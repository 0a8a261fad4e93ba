FROM debian:12
RUN apt-get install -y a && apt-get -qq install b && apt-get install --yes c && apt-get install -yq d \
  && apt-get -o APT::Get::Assume-Yes=true install e && apt-get -qqy install f
RUN echo apt-get install x

FROM alpine
MAINTAINER Me  <me@example.com>

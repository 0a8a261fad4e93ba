# syntax = docker/dockerfile:1.7-labs
# check=skip=JSONArgsRecommended;error=true
# escape = `
FROM alpine
RUN a `
  b

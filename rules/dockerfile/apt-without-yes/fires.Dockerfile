FROM debian:12
# fires
RUN apt-get update && apt-get install --no-install-recommends curl
RUN set -e; \
    apt-get update; \
    # fires
    apt install curl

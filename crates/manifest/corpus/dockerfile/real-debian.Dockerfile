FROM debian:12-slim
LABEL org.opencontainers.image.title="x" \
      org.opencontainers.image.source="https://example.com/x"
ENV DEBIAN_FRONTEND noninteractive
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		ca-certificates \
# keep this sorted
		curl=7.* \
	; \
	rm -rf /var/lib/apt/lists/*; \
	case "$(dpkg --print-architecture)" in \
		amd64) echo a ;; \
		arm64|armhf) echo "b" ;; \
		*) exit 1 ;; \
	esac
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["serve"]

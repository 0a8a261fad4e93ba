FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=off \
  POETRY_VERSION=1.8.3
COPY --chown=1000:1000 <<-"EOT" /etc/app.toml
	[app]
	name = "$x"
	EOT
RUN python3 <<EOF
import os
print("a")
EOF
USER 1000
CMD python -m app --port $PORT

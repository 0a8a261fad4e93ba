FROM debian:12
RUN useradd --system --no-create-home app && usermod -aG video app
RUN useradd --password "$(head -c32 /dev/urandom | base64)" nobody-knows
RUN --mount=type=secret,id=pw echo "app:$(cat /run/secrets/pw)" | chpasswd

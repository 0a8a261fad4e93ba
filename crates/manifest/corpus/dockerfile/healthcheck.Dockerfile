FROM alpine
HEALTHCHECK --interval=5m30s --timeout=3s --start-period=0 --start-interval=1.5s --retries=3 CMD curl -f http://localhost/ || exit 1
HEALTHCHECK NONE
healthcheck cmd ["a"]
HEALTHCHECK --interval=1ms CMD	a  b

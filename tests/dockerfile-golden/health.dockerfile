FROM busybox
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0s --start-interval=2s --retries=5 CMD curl -f "http://localhost/" || exit 1
HEALTHCHECK cmd ["curl", "x"]
healthcheck None
HEALTHCHECK   --retries=0   CMD   a  b

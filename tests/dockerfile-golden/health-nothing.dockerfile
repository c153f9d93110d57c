FROM busybox
HEALTHCHECK --retries=1

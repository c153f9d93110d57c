FROM busybox
RUN --mounts=type=tmpfs,target=/x true

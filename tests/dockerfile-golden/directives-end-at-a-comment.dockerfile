# nothing of the kind
# syntax=docker/dockerfile:1
FROM busybox

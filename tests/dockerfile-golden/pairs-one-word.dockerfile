FROM busybox
LABEL A

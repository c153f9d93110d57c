FROM busybox
VOLUME ["/a", " "]

FROM busybox
CMD x
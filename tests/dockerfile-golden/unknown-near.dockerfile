FROM busybox
RNU echo a

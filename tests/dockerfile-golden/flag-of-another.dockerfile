FROM busybox
ADD --from=a x y

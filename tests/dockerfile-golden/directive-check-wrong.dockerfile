# check=ignore=A
FROM busybox

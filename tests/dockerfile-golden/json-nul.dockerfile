FROM busybox
CMD ["a\u0000b"]

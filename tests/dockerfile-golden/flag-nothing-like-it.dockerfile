FROM busybox
COPY --zzzzzzzz a b

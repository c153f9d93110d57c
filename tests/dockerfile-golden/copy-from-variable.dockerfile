FROM busybox
COPY --from=${S} a b

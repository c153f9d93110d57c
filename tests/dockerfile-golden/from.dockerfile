ARG VERSION=3 REGISTRY
FROM --platform=$BUILDPLATFORM ${REGISTRY}alpine:${VERSION} AS Build-1.x_y
FROM scratch
FROM build-1.x_y aS final

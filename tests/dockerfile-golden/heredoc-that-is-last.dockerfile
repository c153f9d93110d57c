FROM busybox
RUN <<EOF
EOF
RUN x

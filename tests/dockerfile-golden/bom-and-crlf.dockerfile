# escape=`
FROM busybox
RUN a `
  b
COPY <<EOF /x
line
EOF

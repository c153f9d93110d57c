FROM busybox
\
  \
RUN x

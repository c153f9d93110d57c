FROM busybox
ONBUILD RUN echo a
onbuild  copy --from=x a \
   b
ONBUILD RUN <<EOF
echo in a trigger
EOF
ONBUILD NOSUCH thing
ONBUILD COPY a

# the first line
FROM busybox
  # indented, and before an instruction
RUN echo a \
# within, at the margin
    && echo b \
    # within, indented
    && echo "# not one"
RUN echo c # not one either
# the end

FROM busybox
RUN cat <<<word
RUN echo $((1<<2)) a<<b
RUN ["cat", "<<EOF"]
RUN echo "<<EOF" '<<X' \<<Y
CMD cat <<EOF
LABEL a=<<EOF
COPY ["<<EOF", "/x"]

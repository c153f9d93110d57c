FROM busybox
RUN echo "a  b" 'c' \$d $E
RUN ["echo", "a b", "\u00e4\"\\"]
RUN [ -f x ] && echo y
RUN ['echo', 'a']
RUN ["echo", "a",]
RUN ["echo"] and more
RUN ["tab	inside"]
RUN []
RUN
RUN --mount=type=cache,target=/c --mount=type=bind,target=/b --network=none --security=sandbox -- --not=a-flag
RUN --mount="type=cache,target=/with blank" --network='host' ["x"]

FROM busybox
EXPOSE 80 443/tcp $PORT 5000-5010/udp
VOLUME /a /b
VOLUME ["/c", " /d e "]
VOLUME [/f]

FROM busybox
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
CMD echo $HOME
CMD ["echo", "$HOME"]
CMD
ENTRYPOINT []
ENTRYPOINT /run "a b"
ENTRYPOINT ["/run"]
STOPSIGNAL SIGUSR1
USER 1000:web
USER two words
WORKDIR /with blank/dir
MAINTAINER Some One <one@example.org>

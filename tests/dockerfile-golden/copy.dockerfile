FROM busybox
COPY --from=other --chown=1:2 --chmod=u=rwX,go=rX --link a b/* /c/
COPY ["with blank", "/x/"]
ADD --checksum=sha256:00 --keep-git-dir=true --unpack=false https://example.org/a.tgz /x
COPY "quotes hold" nothing /here

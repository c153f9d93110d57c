# escape=`
FROM busybox
RUN one `
    two \
RUN C:\dir\
ENV A=x` y B="a`"b" C=\
LABEL d='`' e=``

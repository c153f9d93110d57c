FROM busybox:1.36
RUN echo hello
CMD ["sh"]

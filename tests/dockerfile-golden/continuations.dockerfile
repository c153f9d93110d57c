FROM busybox
RUN one \
two\
three \  
	four
RUN doubled \\
RUN at the end \

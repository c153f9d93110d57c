FROM busybox
COPY <<one.txt <<"two.txt" plain /dir/
expanded $HOME
one.txt
kept $HOME
two.txt
ADD <<-tabs /x
	a	b
		c
	tabs
COPY --chmod=755 <<EOF /run.sh
#!/bin/sh
EOF

FROM busybox
RUN <<EOF
apt-get update
# no comment of the Dockerfile
echo a \
  b

EOF
RUN --network=none <<-'end of it'
		two tabs
	end of it
RUN <<"E"
#!/bin/sh
echo $0
E
RUN python3 <<EOF - arg
print(1)
EOF
RUN cat <<A >/a && cat <<-B 3<<C >/b
of a
A
	of b
	B
of c
C
RUN <<EMPTY
EMPTY

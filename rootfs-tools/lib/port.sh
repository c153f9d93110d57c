# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/port.sh - who listens on a TCP port, out of /proc: a bare system has no program that says it.

# The inodes of the sockets that listen on port $1.
port_inodes()
{
	local file=/proc/net/tcp
	[ ! -e /proc/net/tcp6 ] || file='/proc/net/tcp /proc/net/tcp6'
	# shellcheck disable=SC2086 # one or two files
	awk -v port="$(printf %04X "$1")" '$4 == "0A" && $2 ~ (":" port "$") {print $10}' $file
}

# The processes that have one of them open, as "NAME (process PID)"; "" if there are none.
port_holder()
{
	local inode link pid
	for inode in $(port_inodes "$1"); do
		link=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null) || true
		pid=${link#/proc/}
		pid=${pid%%/*}
		[ -z "$pid" ] || { echo "$(cat "/proc/$pid/comm") (process $pid)" && return; }
	done
}

port_is_taken()
{
	[ -n "$(port_inodes "$1")" ]
}

# The first port from $1 on that nobody listens on.
port_free()
{
	local port=$1
	while port_is_taken "$port"; do port=$((port + 1)); done
	echo "$port"
}

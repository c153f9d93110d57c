# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# machine.bash - a machine out of a root directory: namespaces and a cgroup of its own, a way out for the package
# sources of this host, nothing else of this host but its kernel.
#
#   machine_open ROOT       starts it
#   machine COMMAND...      runs a command in it as a login of root would, in the directory $machine_directory
#   machine_close           ends all that runs in it
# shellcheck disable=SC2154 # base, bare_tests: run

machine_directory=/root machine_pid=''

cgroup2_path()
{
	awk '$0 ~ / - cgroup2 / {print $5; exit}' /proc/self/mountinfo
}

machine_open()
{
	local root=$1
	machine_cgroup=$(cgroup2_path)/coracle-bare-$$
	mkdir -p "$machine_cgroup"
	rm -f "$base/ready"
	(
		echo 0 >"$machine_cgroup/cgroup.procs"
		exec unshare --mount --net --pid --cgroup --ipc --uts --fork --kill-child --propagation private \
			"$bare_tests/machine" "$root" "$base/ready" >"$base/machine.log" 2>&1
	) &
	machine_holder=$!
	until grep -q ready "$base/ready" 2>/dev/null; do
		kill -0 "$machine_holder" 2>/dev/null || die "no machine: $(cat "$base/machine.log")"
		sleep 0.05
	done
	machine_pid=$(pgrep -P "$machine_holder")
	# The uplink's own server asks those of this host.
	echo "nameserver 10.0.2.3" >"$root/etc/resolv.conf"
	slirp4netns --configure --mtu=1500 --disable-host-loopback "$machine_pid" uplink >"$base/uplink.log" 2>&1 &
	machine_uplink=$!
	until nsenter -t "$machine_pid" -n ip route show default | grep -q .; do sleep 0.05; done
}

machine()
{
	# shellcheck disable=SC2016 # expanded inside
	nsenter -t "$machine_pid" -m -n -p -C -i -u env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		bash -c 'echo 0 >/sys/fs/cgroup/machine/cgroup.procs; cd "$1" && shift && exec "$@"' - "$machine_directory" "$@"
}

# Bytes that came from outside.
machine_received()
{
	nsenter -t "$machine_pid" -n ip -s -o link show uplink | sed -E 's/.*RX:[^\\]*\\ *([0-9]+).*/\1/'
}

# Seconds of processor that it has used.
machine_processor()
{
	awk '$1 == "usage_usec" {print $2 / 1e6}' "$machine_cgroup/cpu.stat"
}

machine_close()
{
	[ -n "$machine_pid" ] || return 0
	kill -9 "$machine_pid"
	wait "$machine_holder" 2>/dev/null || true
	kill "$machine_uplink" 2>/dev/null || true
	wait "$machine_uplink" 2>/dev/null || true
	machine_pid=''
	until find "$machine_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.1; done
}

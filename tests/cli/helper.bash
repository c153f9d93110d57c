# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# helper.bash - a world of its own for each bats file, and a check that nothing is left in it.
#
# The world is a set of namespaces (mount, network, pid, cgroup, ipc) held open by one process:
#
#   host      where coracle runs: ROOT and RUN on a tmpfs, its own cgroup tree, address 192.0.2.1 and
#             a default route to
#   neighbour another network namespace: a second machine (192.0.2.2) and, beyond it, 198.51.100.1
#             standing for the internet, with a DNS server that knows name.example
#
# When the holder is killed, everything goes with it: no test can leave anything on the machine.
# But each test must leave the world as it found it: teardown compares (the leftover oracle).
#
#   load ../cli/helper            in each file; it defines setup_file, setup, teardown
#   coracle ARGS                  runs the binary in the world, in the current directory
#   inside CMD, neighbour CMD     runs a command in the world, on the second machine
#   expect CODE CMD               runs, fails unless it exits with CODE; fills output and stderr
#   has, lacks, matches TEXT      asserts on $output (has_error on $stderr)
#   eventually SECONDS CMD        polls until it succeeds
#   on_terminal STEP... -- CMD    runs a command on a terminal (on_terminal.py says what steps there are)
#   project NAME <<EOF            makes a directory with compose.yaml and enters it

# shellcheck disable=SC2034 # used by the bats files
bats_require_minimum_version 1.5.0

tests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project_dir=$(dirname "$tests_dir")
CORACLE=${CORACLE:-$project_dir/out/coracle}
IMAGE_CACHE=${CORACLE_IMAGE_CACHE:-/var/cache/coracle-images}
# Below an empty directory that every Debian has, so that socket paths stay short.
WORLD_DIR=/mnt
# What is unpacked, not installed: rootfs-tools/install-dependencies.
PATH=$IMAGE_CACHE/packages/docker-registry/usr/bin:$PATH
export CORACLE CORACLE_ROOT=$WORLD_DIR/root CORACLE_RUN=$WORLD_DIR/run
# One test; helps against a wait that never ends.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-180}
unset COMPOSE_FILE COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_ENV_FILES
# Where a sanitizer build reports. Monitors start without an environment: they know the same path
# from tests/harness/sanitizer_options.c. What a command has not freed ends with it: looking for it would take
# as long as the command; LEAKS=1 does, and unit programs and monitors always do.
export ASAN_OPTIONS=log_path=$WORLD_DIR/sanitizer/report:detect_leaks=${LEAKS:-0}
export UBSAN_OPTIONS=$ASAN_OPTIONS:print_stacktrace=1

fail()
{
	printf '%s\n' "$@" >&2
	return 1
}

# --- the world -----------------------------------------------------------------------------------

cgroup2_path()
{
	awk '$0 ~ / - cgroup2 / {print $5; exit}' /proc/self/mountinfo
}

# Runs as pid 1 of the world: makes it, then reaps what is orphaned (bash does).
world_main='
	set -e
	mount -t proc proc /proc
	umount "$1"
	mount -t cgroup2 cgroup2 "$1"
	mkdir "$1/tests"
	echo 0 >"$1/tests/cgroup.procs"
	mount -t tmpfs -o mode=755 tmpfs /mnt
	mkdir /mnt/root /mnt/run /mnt/sanitizer
	chmod 1777 /mnt/sanitizer
	echo "nameserver 192.0.2.2" >/mnt/resolv.conf
	mount --bind /mnt/resolv.conf "$(readlink -f /etc/resolv.conf)"
	unshare --net sh -c "until [ -e /sys/class/net/lo ] && ip link set eth0 addrgenmode none up 2>/dev/null; do sleep 0.02; done
		ip link set lo up
		ip address add 192.0.2.2/24 dev eth0
		ip -6 address add 2001:db8::2/64 dev eth0 nodad
		ip address add 198.51.100.1/32 dev lo
		ip -6 address add 2001:db8:1::1/128 dev lo
		exec python3 $3 /mnt/dns.log" &
	echo $! >/mnt/neighbour.pid
	ip link set lo up
	until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/1/ns/net)" ]; do sleep 0.02; done
	ip link add uplink type veth peer name eth0 netns $!
	ip link set uplink addrgenmode none
	ip address add 192.0.2.1/24 dev uplink
	ip -6 address add 2001:db8::1/64 dev uplink nodad
	ip link set uplink up
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8::2
	until grep -q ready /mnt/dns.log 2>/dev/null; do sleep 0.02; done
	# Mounts of others, which may go at any time.
	awk "{print \$5, \$4}" /proc/self/mountinfo | grep -v "^/mnt" >/mnt/mounts
	cat /mnt/neighbour.pid >"$2"
	while :; do sleep 3600 & wait $!; done'

world_open()
{
	local cgroup
	WORLD=$BATS_FILE_TMPDIR/world
	mkdir -p "$WORLD"
	[ -x "$CORACLE" ] || fail "there is no $CORACLE: run make"
	cgroup=$(cgroup2_path)
	WORLD_CGROUP=$cgroup/coracle-test-$BASHPID
	export WORLD WORLD_CGROUP CGROUP_PATH=$cgroup
	mkdir "$WORLD_CGROUP"
	(
		echo 0 >"$WORLD_CGROUP/cgroup.procs"
		exec unshare --mount --net --pid --cgroup --ipc --uts --fork --kill-child --propagation private \
			bash -c "$world_main" world "$cgroup" "$WORLD/ready" "$tests_dir/cli/dns_stub.py" \
			>"$WORLD/log" 2>&1 </dev/null 3>&- 4>&-
	) &
	echo $! >"$WORLD/unshare.pid"
	eventually 60 test -s "$WORLD/ready" || fail "cannot make a world for the tests: $(cat "$WORLD/log")"
	WORLD_PID=$(pgrep -P "$(cat "$WORLD/unshare.pid")")
	NEIGHBOUR=$(cat "$WORLD/ready")
	export WORLD_PID NEIGHBOUR
}

world_close()
{
	[ -z "${WORLD_PID:-}" ] || kill -9 "$WORLD_PID"
	[ -z "${WORLD_CGROUP:-}" ] || echo 1 >"$WORLD_CGROUP/cgroup.kill" 2>/dev/null || true
	eventually 5 remove_cgroups
}

remove_cgroups()
{
	find "$WORLD_CGROUP" -depth -type d -exec rmdir {} \; 2>/dev/null
	[ ! -d "$WORLD_CGROUP" ]
}

# Runs a command in the world, in the current directory and with the current environment.
inside()
{
	# shellcheck disable=SC2016 # expanded inside
	nsenter -t "$WORLD_PID" -m -n -p -C -i -u sh -c '
		echo 0 >"$1/tests/cgroup.procs"
		cd "$2" || exit 99
		shift 2
		exec "$@"' sh "$CGROUP_PATH" "$PWD" "$@" 3>&- 4>&-
}

neighbour()
{
	inside nsenter -t "$NEIGHBOUR" -n "$@"
}

# The names that the neighbour's DNS server was asked for.
dns_log()
{
	inside cat /mnt/dns.log
}

# A command that hangs fails with 124.
coracle()
{
	inside timeout --foreground -k 5 "${CORACLE_TIMEOUT:-60}" "$CORACLE" "$@"
}

on_terminal()
{
	inside timeout --foreground -k 5 60 python3 "$tests_dir/cli/on_terminal.py" "$@"
}

load_image()
{
	local name
	for name; do
		[ -e "$IMAGE_CACHE/$name/image.tar" ] ||
			"$project_dir/rootfs-tools/make-image" "$name" ||
			fail "cannot make image $name"
		coracle image load -i "$IMAGE_CACHE/$name/image.tar" >/dev/null
	done
}

# --- the leftover oracle -------------------------------------------------------------------------

# What a test must leave as it was. Below ROOT, images may stay, and so may lock files and compiled
# seccomp filters, of which there is a fixed number; below RUN no file may, but the journal of events
# (two files of a bounded size), which tells of what was there.
world_state()
{
	# shellcheck disable=SC2016 # expanded inside
	inside env CORACLE_OBSERVER=1 sh -c '
		echo "-- processes"
		for p in /proc/[0-9]*; do
			[ -e "$p/exe" ] || continue
			! grep -qz CORACLE_OBSERVER "$p/environ" 2>/dev/null || continue
			text=$({ tr "\0" " " <"$p/cmdline"; } 2>/dev/null)
			case "$text" in
			"" | "bash -c "* | "sleep 3600 "*) ;;
			*) echo "$text" ;;
			esac
		done | sort
		echo "-- mounts"
		awk "{print \$5, \$4}" /proc/self/mountinfo | sort | grep -vxFf /mnt/mounts
		echo "-- links"
		ip -o link | awk -F ": " "{print \$2}" | sort
		echo "-- rules"
		ip rule; ip -6 rule
		ip route show table all | grep -v "^broadcast\|^multicast\|^anycast" | sort
		nft list ruleset
		echo "-- cgroups"
		find "$1" -mindepth 1 -type d | sort
		echo "-- files"
		find "$2" ! -path "$2/events/journal*" | sort
		find "$2" ! -type d ! -path "$2/events/journal*" | sed "s/^/no file may stay: /"
		echo "-- containers and networks"
		find "$3/containers" "$3/networks" "$3/projects" -mindepth 1 2>/dev/null |
			grep -vE "/(containers/by-name|projects/[^/]*\.lock|networks/\.(create\.)?lock)$" | sort
		find "$3/volumes" -mindepth 1 -maxdepth 1 2>/dev/null | sort
		' sh "$CGROUP_PATH" "$CORACLE_RUN" "$CORACLE_ROOT"
}

# Directories below RUN that the first command makes and that stay are in the first state already.
world_snapshot()
{
	world_state | grep -v "^no file" >"$WORLD/before"
}

assert_nothing_left()
{
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		world_state >"$WORLD/after"
		! cmp -s "$WORLD/before" "$WORLD/after" || return 0
		sleep 0.1
	done
	fail "the test left something behind:" \
		"$(diff -U 0 "$WORLD/before" "$WORLD/after" | tail -n +3 | grep '^[-+]' | head -n 40)"
}

# The reports of a sanitizer build, of the CLI and of monitors.
assert_no_reports()
{
	local text
	text=$(inside sh -c 'cat "$1"/* && rm "$1"/*' sh "$WORLD_DIR/sanitizer" 2>/dev/null) || return 0
	fail "a sanitizer has a report:" "$text"
}

# --- a test ----------------------------------------------------------------------------------------

setup_file()
{
	world_open
	load_image busybox
	if declare -F file_setup >/dev/null; then
		file_setup
	fi
	world_snapshot
}

teardown_file()
{
	world_close
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
}

teardown()
{
	local directory status=0
	while read -r directory; do
		(cd "$directory" && coracle down --volumes --remove-orphans --timeout 0) \
			>"$BATS_TEST_TMPDIR/down.log" 2>&1 || {
			echo "down failed in $directory:" >&2
			cat "$BATS_TEST_TMPDIR/down.log" >&2
			status=1
		}
	done <"$BATS_TEST_TMPDIR/.projects"
	assert_nothing_left || status=1
	assert_no_reports || status=1
	if [ "$status" != 0 ]; then
		world_reset
		world_snapshot
	fi
	return "$status"
}

# After a test that left something: the next one starts clean all the same.
world_reset()
{
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c '
		for c in "$1"/*/; do [ "$c" = "$1/tests/" ] || echo 1 >"$c/cgroup.kill"; done 2>/dev/null
		for p in /proc/[0-9]*; do
			pid=${p#/proc/}
			[ "$pid" -gt 1 ] && [ "$pid" != $$ ] || continue
			case "$(tr "\0" " " <"$p/cmdline" 2>/dev/null)" in
			"sleep 3600 " | *dns_stub.py*) ;;
			*) kill -9 "$pid" 2>/dev/null ;;
			esac
		done
		sleep 0.3
		find "$1" -mindepth 1 -depth -type d ! -path "$1/tests" -exec rmdir {} \; 2>/dev/null
		awk "\$5 ~ \"^$2/\" || \$5 ~ \"^$3/\" {print \$5}" /proc/self/mountinfo | tac |
			while read -r m; do umount -l "$m"; done
		nft flush ruleset
		ip -o link | awk -F "[:@ ]+" "{print \$2}" | grep -vE "^(lo|uplink)$" |
			while read -r l; do ip link delete "$l" 2>/dev/null; done
		rm -rf "$2"/containers/* "$2"/networks/* "$3"/containers/[0-9a-f]* "$3"/containers/by-name/* \
			"$3"/networks/* "$3"/projects/* "$3"/volumes/*' sh "$CGROUP_PATH" "$CORACLE_RUN" "$CORACLE_ROOT" || true
}

# Makes directory NAME with compose.yaml from stdin and enters it. `down` is called for it later,
# unless NO_DOWN is set: for files that are wrong on purpose.
project()
{
	mkdir -p "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1" || return 1
	cat >compose.yaml
	[ -n "${NO_DOWN:-}" ] || pwd >>"$BATS_TEST_TMPDIR/.projects"
}

# --- assertions ------------------------------------------------------------------------------------

# expect CODE CMD...: both streams are kept apart, in $output and $stderr.
expect()
{
	local wanted=$1
	shift
	if [ "$wanted" = 127 ]; then
		# Else bats warns of a misspelt command.
		run --separate-stderr -127 "$@"
	else
		run --separate-stderr "$@"
	fi
	[ "$status" = "$wanted" ] ||
		fail "'$*' exited with $status, not $wanted" "stdout: $output" "stderr: ${stderr:-}"
}

has()
{
	[[ "$output" == *"$1"* ]] || fail "'$1' is not in the output:" "$output"
}

lacks()
{
	[[ "$output" != *"$1"* ]] || fail "'$1' is in the output:" "$output"
}

matches()
{
	[[ "$output" =~ $1 ]] || fail "the output does not match '$1':" "$output"
}

has_error()
{
	[[ "$stderr" == *"$1"* ]] || fail "'$1' is not in stderr:" "$stderr"
}

is()
{
	[ "$output" = "$1" ] || fail "the output is not '$1':" "$output"
}

# eventually SECONDS CMD...: every 50 ms until it succeeds.
eventually()
{
	local end=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%N)" -lt "$end" ] || fail "did not happen in time: $*" "$("$@" 2>&1)" || return 1
		sleep 0.05
	done
}

# One field of a container: inspect_of NAME '{{.State.Status}}'.
inspect_of()
{
	coracle inspect --format "$2" "$1"
}

state_is()
{
	[ "$(inspect_of "$1" '{{.State.Status}}')" = "$2" ]
}

health_is()
{
	[ "$(inspect_of "$1" '{{.State.Health.Status}}')" = "$2" ]
}

gone()
{
	! coracle inspect "$1"
}

# logged COUNT TEXT [SERVICE...]: so many log lines contain the text.
logged()
{
	local count=$1 text=$2
	shift 2
	[ "$(coracle logs --no-log-prefix "$@" 2>&1 | grep -cF -- "$text")" = "$count" ]
}

pid_of()
{
	inspect_of "$1" '{{.State.Pid}}'
}

# The process of its monitor.
monitor_of()
{
	inside cat "$CORACLE_RUN/containers/$(inspect_of "$1" '{{.Id}}')/state.json" | jq -r .monitor_pid
}

# Container names of the project in the current directory, one a line, sorted.
names()
{
	coracle ps -a --format '{{.Name}}' "$@" | sort
}

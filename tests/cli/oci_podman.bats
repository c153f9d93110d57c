# SPDX-License-Identifier: Apache-2.0
# Podman has its containers run by coracle-oci.
load helper
load oci_helper

podman_environment=(CONTAINERS_CONF=/mnt/etc/containers.conf CONTAINERS_STORAGE_CONF=/mnt/etc/storage.conf
	"LD_LIBRARY_PATH=$(echo "$IMAGE_CACHE"/packages/libsubid4/usr/lib/*)")

oci_setup()
{
	has_engine podman conmon || return 0
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'mkdir -p /mnt/podman /mnt/podman-run /mnt/etc
		printf "%s\n" "[containers]" "netns = \"none\"" "log_driver = \"k8s-file\"" "[engine]" "cgroup_manager = \"cgroupfs\"" \
			"events_logger = \"file\"" "conmon_path = [\"$2\"]" "runtime = \"ours\"" "tmp_dir = \"/mnt/podman-run/tmp\"" \
			"runtime_supports_json = [\"ours\"]" "runtime_supports_nocgroup = [\"ours\"]" "[engine.runtimes]" "ours = [\"$1\"]" >/mnt/etc/containers.conf
		printf "%s\n" "[storage]" "driver = \"vfs\"" "graphroot = \"/mnt/podman\"" "runroot = \"/mnt/podman-run\"" >/mnt/etc/storage.conf
		printf "%s\n" "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}" >/mnt/etc/policy.json' sh "$BATS_FILE_TMPDIR/coracle-oci" \
		"$(command -v conmon)"
	podman load -q -i "$IMAGE_CACHE/busybox/image.tar" >"$BATS_FILE_TMPDIR/load.log" 2>&1 3>&- 4>&-
	podman tag "$(podman images -q | head -n 1)" box >/dev/null
}

podman()
{
	inside env "${podman_environment[@]}" timeout --foreground -k 5 60 podman "$@"
}

setup()
{
	needs_engine podman conmon
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
	podman info >"$BATS_TEST_TMPDIR/info" 2>&1 || skip "podman does not run here: $(tail -n 1 "$BATS_TEST_TMPDIR/info")"
	grep -q coracle-oci "$BATS_TEST_TMPDIR/info"
}

teardown()
{
	podman rm -af -t 0 >/dev/null 2>&1
	podman pod rm -af >/dev/null 2>&1 || true
	assert_no_reports
}

@test "run, its exit code, and its streams" {
	expect 0 podman run --rm box echo hello
	is hello
	expect 42 podman run --rm box sh -c 'exit 42'
	expect 127 podman run --rm box nothing-of-that-name
	has_error "executable file not found"
	expect 126 podman run --rm box /etc
	has_error "permission denied: OCI permission denied"
	expect 0 podman run --rm -i box cat <<<"typed"
	is typed
}

@test "a container in the background: exec, logs, stop" {
	expect 0 podman run -d --name bg box sh -c 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done'
	expect 0 podman exec bg sh -c 'echo inside; exit 0'
	is inside
	expect 7 podman exec bg sh -c 'exit 7'
	expect 127 podman exec bg nothing-of-that-name
	expect 126 podman exec bg /etc
	expect 0 podman exec -e A=b -w /tmp -u 5 bg sh -c 'echo $A $(pwd) $(id -u)'
	is "b /tmp 5"
	expect 0 podman stop -t 5 bg
	expect 0 podman logs bg
	is $'up\nbye'
	[ "$(podman inspect -f '{{.State.ExitCode}}' bg)" = 0 ]
	expect 0 podman start bg
	expect 0 podman kill bg
	expect 0 podman wait bg
	is 137
	expect 0 podman rm -f -t 0 bg
}

@test "a terminal" {
	expect 0 podman run -d -t --name tty box sh -c 'tty; exec sleep 1000'
	eventually 10 tty_is_there
	TERMINAL_SIZE="20 60" expect 0 on_terminal $'send:stty size; exit\r' 'expect:20 60' -- \
		env "${podman_environment[@]}" podman exec -it tty sh
	expect 0 podman rm -f -t 0 tty
	TERMINAL_SIZE="20 60" expect 3 on_terminal 'expect:/ #' $'send:stty size; exit 3\r' 'expect:20 60' -- \
		env "${podman_environment[@]}" podman run --rm -it box sh
}

tty_is_there()
{
	podman logs tty | grep -q /dev/pts/0
}

@test "health, processes, statistics, pausing, limits" {
	expect 0 podman run -d --name all --health-cmd 'test -e /ok' --health-interval disable --memory 64m --pids-limit 50 box sleep 1000
	expect 1 podman healthcheck run all
	expect 0 podman exec all touch /ok
	expect 0 podman healthcheck run all
	expect 0 podman top all args
	has "sleep 1000"
	expect 0 podman pause all
	expect 0 podman unpause all
	expect 0 podman rm -f -t 0 all
}

@test "without a cgroup, attached to, with files copied in and out" {
	expect 0 podman run --rm --cgroups disabled box echo free
	is free
	expect 0 podman run -d -i --name two box sh -c 'read -r line; echo "got $line"; exit 6'
	echo copied >file
	expect 0 podman cp file two:/tmp/file
	expect 0 podman exec two cat /tmp/file
	is copied
	expect 0 podman cp two:/tmp/file back
	cmp file back
	# Its own exit code is 0 with Podman 4, whatever the runtime.
	run podman attach two <<<"typed"
	has "got typed"
	expect 0 podman wait two
	is 6
}

@test "a pod: its containers share namespaces" {
	expect 0 podman pod create --name pod --infra-command 'sleep 1000' --infra-image box --share ipc,uts,net,pid
	expect 0 podman run -d --pod pod --name one box sleep 2000
	expect 0 podman run --rm --pod pod box ps
	has "sleep 2000"
	expect 0 podman pod stop -t 0 pod
	expect 0 podman pod rm -f pod
}

@test "volumes, read-only, users, capabilities" {
	inside mkdir -p /mnt/data
	expect 0 podman run --rm --read-only --tmpfs /run -v /mnt/data:/data -u 7:8 --cap-drop all \
		--hostname there box sh -c 'id -u; hostname; touch /x 2>/dev/null || echo closed; grep CapEff /proc/self/status'
	is $'7\nthere\nclosed\nCapEff:\t0000000000000000'
	expect 0 podman run --rm --privileged box sh -c 'mount -t tmpfs none /tmp && echo mounted'
	is mounted
}

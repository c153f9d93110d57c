# SPDX-License-Identifier: Apache-2.0
# Docker's daemon has its containers run by coracle-oci: create, state, kill, delete and the rest come
# from containerd's shim.
load helper
load oci_helper

oci_setup()
{
	export ENGINE=$BATS_FILE_TMPDIR/docker
	mkdir "$ENGINE"
	has_engine dockerd containerd || return 0
	# As docs/oci.md has it.
	jq -n --arg path "$BATS_FILE_TMPDIR/coracle-oci" '{runtimes: {ours: {path: $path}}, "default-runtime": "ours"}' >"$ENGINE/daemon.json"
	inside dockerd --config-file "$ENGINE/daemon.json" --data-root "$WORLD_DIR/docker" --exec-root "$WORLD_DIR/docker-run" --pidfile "$WORLD_DIR/docker.pid" \
		-H "unix://$WORLD_DIR/docker.sock" --storage-driver vfs --bridge none --iptables=false --ip6tables=false \
		--exec-opt native.cgroupdriver=cgroupfs >"$ENGINE/log" 2>&1 3>&- 4>&- &
	eventually 60 docker version || return 0
	inside tar -C "$BUNDLES/rootfs" -c . | docker import - box >"$ENGINE/load" 2>&1 3>&- 4>&-
}

docker()
{
	inside timeout --foreground -k 5 60 docker -H "unix://$WORLD_DIR/docker.sock" "$@"
}

ours()
{
	docker run --network none "$@"
}

setup()
{
	needs_engine dockerd containerd
	docker version >/dev/null 2>&1 || skip "dockerd does not run here: $(tail -n 3 "$ENGINE/log")"
	cd "$BATS_TEST_TMPDIR" || return 1
	: >"$BATS_TEST_TMPDIR/.projects"
}

teardown()
{
	docker ps -aq 2>/dev/null | while read -r id; do docker rm -f "$id"; done >/dev/null 2>&1
	assert_no_reports
}

@test "run, its exit code, and what cannot be executed" {
	expect 0 ours --rm box echo hello
	is hello
	expect 42 ours --rm box sh -c 'exit 42'
	expect 127 ours --rm box nothing-of-that-name
	has_error "executable file not found in \$PATH"
	expect 126 ours --rm box /etc
	has_error "is a directory"
	expect 0 ours --rm -i box cat <<<"typed"
	is typed
}

@test "a container in the background: exec, top, stats, pause, update, stop" {
	expect 0 ours -d --name bg --memory 64m box sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done'
	[ "$(docker inspect -f '{{.HostConfig.Runtime}} {{.State.Status}}' bg)" = "ours running" ]
	expect 0 docker exec -u 5 -w /tmp -e A=b bg sh -c 'echo $A $(pwd) $(id -u)'
	is "b /tmp 5"
	expect 7 docker exec bg sh -c 'exit 7'
	# Docker 20.10 makes 126 of all, newer ones 127 of what is not there.
	run docker exec bg nothing-of-that-name
	matches '(executable file not found|not found in)'
	[[ $status == 12[67] ]]
	expect 126 docker exec bg /etc
	expect 0 docker top bg
	has "while"
	expect 0 docker stats --no-stream bg
	has bg
	expect 0 docker update --cpu-shares 512 bg
	expect 0 docker stop -t 5 bg
	[ "$(docker inspect -f '{{.State.ExitCode}}' bg)" = 3 ]
	expect 0 docker logs bg
	is $'up\nbye'
	expect 0 docker start bg
	expect 0 docker kill bg
	expect 0 docker wait bg
	is 137
	expect 0 docker rm -f bg
}

@test "a terminal" {
	TERMINAL_SIZE="20 60" expect 3 on_terminal 'expect:/ #' $'send:stty size; exit 3\r' 'expect:20 60' -- \
		docker -H "unix://$WORLD_DIR/docker.sock" run --runtime ours --network none --rm -it box sh
	expect 0 ours -d --name tty -t box sh -c 'exec sleep 1000'
	TERMINAL_SIZE="20 60" expect 4 on_terminal $'send:stty size; exit 4\r' 'expect:20 60' -- \
		docker -H "unix://$WORLD_DIR/docker.sock" exec -it tty sh
	expect 0 docker rm -f tty
}

@test "pause, update, signals, health, attach" {
	expect 0 ours -d --runtime ours --name one --health-cmd 'test -e /ok' --health-interval 1s --health-retries 1 box \
		sh -c 'trap "echo heard" HUP; trap "exit 9" TERM; read -r x </dev/null; while :; do sleep 0.1; done'
	expect 0 docker pause one
	[ "$(docker inspect -f '{{.State.Status}}' one)" = paused ]
	expect 1 docker exec one true
	expect 0 docker unpause one
	expect 0 docker exec one touch /ok
	eventually 20 docker_health_is one healthy
	expect 0 docker exec one rm /ok
	eventually 20 docker_health_is one unhealthy
	expect 0 docker update --restart no --cpu-shares 512 one
	expect 0 docker kill -s HUP one
	eventually 10 docker_has_logged one heard
	expect 0 docker kill -s TERM one
	expect 0 docker wait one
	is 9
	expect 0 docker rm one
	expect 0 ours -d -i --name two box sh -c 'read -r line; echo "got $line"; exit 6'
	expect 6 docker attach two <<<"typed"
	eventually 10 docker_has_logged two "got typed"
}

docker_health_is()
{
	[ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = "$2" ]
}

docker_has_logged()
{
	docker logs "$1" 2>&1 | grep -q "$2"
}

@test "volumes, users, capabilities, privileged, init, limits of files" {
	expect 0 ours --rm -v data:/data --read-only -u 7:8 --cap-drop all --hostname there --ulimit nofile=77 box \
		sh -c 'id -u; hostname; touch /x 2>/dev/null || echo closed; ulimit -n; grep CapEff /proc/self/status'
	is $'7\nthere\nclosed\n77\nCapEff:\t0000000000000000'
	expect 0 ours --rm --privileged box sh -c 'mount -t tmpfs none /tmp && echo mounted'
	is mounted
	expect 0 ours --rm --tmpfs /run:size=64k box sh -c 'grep -c "/run tmpfs" /proc/mounts'
	is 1
	expect 0 ours --rm --pid host box sh -c 'ls /proc/1/task >/dev/null && echo seen'
	is seen
}

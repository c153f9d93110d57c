#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Verbs on containers that are named: pause, unpause, rename, restart, port, stop, kill, … as docker has
# them.

load helper

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/docker"
}

docker()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/docker" "$@"
}

pair()
{
	project pair <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: left}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: right}
	YAML
	expect 0 coracle up -d
}

@test "pause and unpause: names on standard output, what is not so is said" {
	pair
	expect 0 docker pause left right
	is $'left\nright'
	state_is left paused
	expect 1 docker pause left
	has_error 'is already paused'
	expect 1 docker container unpause left missing
	is left
	has_error 'missing'
	expect 1 docker unpause left
	has_error 'is not paused'
	expect 0 docker container unpause right
	state_is right running
}

@test "stop: all at once, each with its grace; what is stopped is stopped" {
	project slow <<-'YAML'
	x-slow: &slow {image: busybox, command: sh -c 'trap "" TERM; while :; do sleep 1; done'}
	services:
	  a: {<<: *slow, container_name: one}
	  b: {<<: *slow, container_name: two}
	  c: {<<: *slow, container_name: three}
	YAML
	expect 0 coracle up -d
	expect 1 docker stop -t 2 one nobody two three
	is $'one\ntwo\nthree'
	has_error 'nobody'
	# All three were told before the first one's time was over.
	expect 0 coracle system events --since 1h --until 0s --filter container=one --filter container=two \
		--filter container=three --filter event=kill --filter event=die --format '{{.Action}}'
	[[ "$output" == $'kill\nkill\nkill\n'* ]] || fail "$output"
	expect 0 docker stop one
	is one
}

@test "restart: another signal and time, a stopped one is started" {
	project again <<-'YAML'
	services:
	  a: {image: busybox, container_name: again, command: sh -c 'trap "echo hup; exit 3" HUP; echo ready; while :; do sleep 0.1; done'}
	YAML
	expect 0 coracle up -d
	eventually 5 logged 1 ready
	expect 0 docker restart -s HUP --time 5 again
	is again
	eventually 5 logged 2 ready
	logged 1 hup
	expect 0 docker stop -t 0 again
	expect 0 docker container restart -t 1 again
	state_is again running
	expect 1 docker restart -s NOPE again
	has_error 'invalid signal: NOPE'
}

@test "kill: what does not run cannot be killed" {
	pair
	expect 0 docker kill left
	is left
	expect 1 docker kill left right
	is right
	has_error 'Error response from daemon: cannot kill container: left: container '
	has_error ' is not running'
	expect 1 docker kill -s NOPE left
	has_error 'invalid signal: NOPE'
}

@test "port: all, one, one that is not published" {
	project ports <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    container_name: ports
	    ports: ["127.0.0.1:8010:80", "127.0.0.1:8009:9", "127.0.0.1:8053:53/udp", "8081:81"]
	YAML
	expect 0 coracle up -d
	expect 0 docker port ports
	is $'9/tcp -> 127.0.0.1:8009\n53/udp -> 127.0.0.1:8053\n80/tcp -> 127.0.0.1:8010\n81/tcp -> 0.0.0.0:8081\n81/tcp -> [::]:8081'
	expect 0 docker port ports 80
	is 127.0.0.1:8010
	expect 0 docker container port ports 53/udp
	is 127.0.0.1:8053
	expect 0 docker port ports 81/tcp
	is $'0.0.0.0:8081\n[::]:8081'
	expect 1 docker port ports 53
	has_error "no public port '53' published for ports"
	expect 1 docker port ports many
	has_error "invalid port 'many'"
}

resolves()
{
	docker exec "$1" nslookup "$2"
}

not_resolves()
{
	! resolves "$@"
}

@test "rename: a name that is free, at once for everybody who looks it up" {
	pair
	address=$(inspect_of left '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')
	expect 0 docker exec right nslookup left
	has "$address"
	expect 0 docker rename left middle
	is ''
	expect 0 docker exec right nslookup middle
	has "$address"
	expect 0 docker exec right nslookup a
	has "$address"
	expect 1 docker exec right nslookup left
	[[ "$(inspect_of middle '{{json .NetworkSettings.Networks}}')" != *left* ]]
	# The monitor knows it by heart, and a fresh one knows it, too.
	id=$(inspect_of middle '{{.Id}}')
	inside truncate -s 0 "$CORACLE_ROOT/containers/$id/container.json"
	expect 0 docker inspect --format '{{.Name}}' "$id"
	is /middle
	expect 0 docker restart -t 0 middle
	eventually 5 resolves right middle
	not_resolves right left
	expect 0 docker rename middle left
}

@test "rename: a monitor that could not write its state down does not forget it" {
	inside mkdir "$WORLD_DIR/small"
	inside mount -t tmpfs -o size=4m tmpfs "$WORLD_DIR/small"
	local usual=$CORACLE_RUN
	export CORACLE_RUN=$WORLD_DIR/small/run
	coracle container run -d --name full busybox sleep 1000
	inside sh -c "cat /dev/zero >$WORLD_DIR/small/zeros" || true
	coracle container pause full
	expect 0 coracle container rename full other
	inside rm "$WORLD_DIR/small/zeros"
	expect 0 coracle container unpause other
	coracle container rm -f other
	export CORACLE_RUN=$usual
	eventually 10 inside umount "$WORLD_DIR/small" # its monitor may not have ended yet
	inside rmdir "$WORLD_DIR/small"
}

@test "rename: what is not possible is refused" {
	pair
	expect 1 docker rename left right
	has_error 'is already in use by container'
	expect 1 docker rename left left
	has_error 'Renaming a container with the same name as its current name'
	expect 1 docker rename left a/b
	has_error 'Invalid container name (a/b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed'
	expect 1 docker rename left /
	has_error 'Neither old nor new names may be empty'
	expect 1 docker rename nobody other
	has_error 'nobody'
	expect 0 coracle stop
	expect 0 docker container rename left /free
	state_is free exited
	expect 0 docker rename free left
}

@test "top: columns as the options of ps say" {
	project tops <<-'YAML'
	services:
	  a: {image: busybox, container_name: tops, user: "4321:4321", stop_signal: SIGKILL, command: "sh -c 'sleep 3599 & exec sleep 3600'"}
	YAML
	expect 0 coracle up -d
	pid=$(pid_of tops)
	expect 0 docker top tops
	[ "${lines[0]}" = 'UID                    PID                    PPID                   C                      STIME                  TTY                    TIME                   CMD' ]
	[ "${#lines[@]}" = 3 ]
	matches "4321 +$pid .* sleep 3600"
	expect 0 docker container top tops -o pid,comm
	matches $'^PID +COMMAND\n'"$pid +sleep"$'\n[0-9]+ +sleep$'
	expect 0 docker top tops aux
	matches '^USER +PID +%CPU +%MEM +VSZ +RSS +TTY +STAT +START +TIME +COMMAND'
	matches "4321 +$pid +0.0 +0.0 +[0-9]+ +[0-9]+ +\? +S[a-zA-Z<+]* +[0-9:]+ +0:00 +sleep 3600"
	expect 0 docker top tops -eo pid,ppid,user,uid,gid,pgid,nice,nlwp,etime,stat,args
	matches "$pid +[0-9]+ +4321 +4321 +4321 +[0-9]+ +-?[0-9]+ +1 +00:0[0-9] +S[a-zA-Z<+]* +sleep 3600"
	expect 1 docker top tops -o comm
	has_error "Couldn't find PID field in ps output"
	expect 1 docker top tops -o nonsense
	has_error 'unknown user-defined format specifier "nonsense"'
	expect 0 coracle top
	matches '^SERVICE +# +UID +PID'
	expect 0 coracle kill
	expect 1 docker top tops
	has_error 'is not running'
}

@test "start: what fails is said one by one and together; rm: several, by id, what is not there" {
	pair
	expect 0 docker stop left right
	id=$(inspect_of right '{{.Id}}')
	expect 1 docker start left nobody "${id:0:10}" nothing
	is $'left\n'"${id:0:10}"
	has_error $'Error response from daemon: No such container: nobody\nError response from daemon: No such container: nothing\nfailed to start containers: nobody, nothing'
	expect 1 docker rm left
	has_error 'running'
	expect 0 docker rm -f -v nobody left "${id:0:10}"
	is $'left\n'"${id:0:10}"
	expect 1 docker rm nobody
	has_error 'No such container: nobody'
	expect 1 docker rm --link nobody
	has_error 'network disconnect'
}

@test "exec --env-file: variables of files, those of -e after them" {
	pair
	printf '# a comment\nONE=1\nTWO=a b\nHERE\nNOT_HERE\n' >vars
	expect 0 env HERE=here bash -c 'nsenter -t "$WORLD_PID" -m -n -p -C -i -u --wd="$PWD" "$BATS_FILE_TMPDIR/docker" exec --env-file vars -e ONE=2 left env'
	has $'ONE=2\n'
	has 'TWO=a b'
	has 'HERE=here'
	lacks NOT_HERE
	expect 1 docker exec --env-file missing left env
	has_error missing
}

@test "logs --details: labels and variables that the log options name" {
	project details <<-'YAML'
	services:
	  a:
	    image: busybox
	    container_name: details
	    command: echo said
	    environment: {KIND: "x y", OTHER: z}
	    labels: {team: blue/1, tier: "2"}
	    logging: {driver: json-file, options: {labels: "tier,team,none", env: KIND}}
	YAML
	expect 0 coracle up -d
	eventually 5 state_is details exited
	expect 0 docker logs --details details
	is 'KIND=x+y,team=blue%2F1,tier=2 said'
	expect 0 docker logs --details -t details
	matches '^20[0-9-]+T[0-9:.]+Z KIND=x\+y,team=blue%2F1,tier=2 said$'
	expect 0 docker logs details
	is said
}

@test "cp says on a terminal what it did, unless it is to be quiet" {
	pair
	echo text >file
	for words in 'cp file left:/tmp/a' 'cp left:/tmp/a copy'; do
		# shellcheck disable=SC2086 # words
		expect 0 inside python3 "$tests_dir/cli/on_terminal.py" -- "$BATS_FILE_TMPDIR/docker" $words
		has "Successfully copied to ${words##* }"
		# shellcheck disable=SC2086
		expect 0 inside python3 "$tests_dir/cli/on_terminal.py" -- "$BATS_FILE_TMPDIR/docker" cp -q ${words#cp }
		is ''
	done
	cmp file copy
}

@test "wait: all that are named, in order; events and stats of services" {
	project ends <<-'YAML'
	services:
	  a: {image: busybox, container_name: first, command: "sh -c 'sleep 0.5; exit 3'"}
	  b: {image: busybox, container_name: second, command: "sh -c 'exit 4'"}
	  c: {image: busybox, container_name: third, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 docker wait first second
	is $'3\n4'
	expect 1 docker wait nobody second
	is 4
	expect 1 coracle events --since 1h --until 0s nobody
	has_error nobody
	expect 0 coracle events --since 1h --until 0s a b
	has first
	lacks third
	id=$(inspect_of third '{{.Id}}')
	expect 0 coracle stats --no-stream --format '{{.Name}} {{.ID}}' a c
	is "third ${id:0:12}"
	expect 0 coracle stats --no-stream --no-trunc --all --format '{{.Name}} {{.ID}}' c
	is "third $id"
	expect 0 docker stats --no-stream --format json third
	has '"Name":"third"'
	expect 1 docker stats --no-stream nobody
	has_error 'No such container: nobody'
}

@test "rm waits for a start that fails just now, and for no other" {
	local id lock holder
	id=$(coracle container create --name one -u nobodyx busybox true)
	expect 1 coracle container start one
	lock=$CORACLE_RUN/containers/$id/monitor.lock
	inside python3 -c 'import fcntl, sys, time
lock = open(sys.argv[1], "r+")
fcntl.lockf(lock, fcntl.LOCK_EX)
open(sys.argv[2], "w").write("held")
time.sleep(0.5)' "$lock" "$PWD/held" 3>&- 4>&- &
	holder=$!
	eventually 20 [ -s held ]
	expect 0 coracle container rm one
	wait "$holder"
}

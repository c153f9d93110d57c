#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec, run, attach, cp: commands in containers, their streams and exit codes.

load helper

one_service()
{
	project box <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    environment: {COLOUR: blue}
	    ports: ["8080:80"]
	  dependent:
	    image: busybox
	    command: ["sh", "-c", "echo default command"]
	    depends_on: [a]
	    scale: 0
	YAML
}

@test "exec returns the command's output and exit code" {
	one_service
	expect 0 coracle up -d
	expect 0 coracle exec -T a echo hello
	is hello
	expect 1 coracle exec -T a false
	expect 37 coracle exec -T a sh -c 'exit 37'
	expect 0 coracle exec -T a sh -c 'echo out; echo err >&2'
	is out
	[ "$stderr" = err ]
}

@test "exec of what is not there is 127, of what cannot run 126" {
	one_service
	expect 0 coracle up -d
	expect 127 coracle exec -T a no-such-command
	expect 126 coracle exec -T a /etc/passwd
	expect 1 coracle exec -T nosuch true
	has_error 'no such service: nosuch'
	expect 1 coracle exec -T --index 5 a true
	has_error 'is not running container #5'
}

@test "exec has the container's environment, its own, user and directory" {
	one_service
	expect 0 coracle up -d
	expect 0 coracle exec -T -e SIZE=big -u 33:33 -w /tmp a sh -c 'echo $COLOUR $SIZE $(id -u) $(pwd)'
	is 'blue big 33 /tmp'
}

@test "exec passes stdin through" {
	one_service
	expect 0 coracle up -d
	printf 'line %s\n' $(seq 20000) >input
	coracle exec -T a cat <input >output
	cmp input output
}

@test "exec -d goes on by itself" {
	one_service
	expect 0 coracle up -d
	expect 0 coracle exec -d a sh -c 'sleep 0.2; echo done >/tmp/done'
	eventually 5 coracle exec -T a cat /tmp/done
}

@test "exec gets a terminal when the caller has one" {
	one_service
	expect 0 coracle up -d
	run script -qec "nsenter -t $WORLD_PID -m -n -p -C -i -u sh -c 'cd $PWD; $CORACLE exec a tty'" /dev/null
	[ "$status" = 0 ]
	matches '/dev/pts/[0-9]+|/dev/console'
}

@test "exec's processes are in the container's namespaces and cgroup" {
	one_service
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'cat /proc/1/cmdline | tr "\0" " "; ls /proc | grep -c "^[0-9]"'
	has 'sleep 3600'
	expect 0 coracle exec -T a ls -l /proc/self/fd
	[ "$(grep -c ' -> ' <<<"$output")" -le 4 ]
}

@test "run takes another command, keeps the container, publishes nothing" {
	one_service
	expect 0 coracle run -T dependent echo instead
	has instead
	state_is box-a-1 running
	expect 0 coracle ps -a --format '{{.Name}}'
	matches 'box-dependent-run-[0-9a-f]{12}'
	expect 5 coracle run --rm -T a sh -c 'exit 5'
	expect 127 coracle run --rm -T a no-such-command
}

@test "run --rm removes its container" {
	one_service
	expect 0 coracle run --rm -T --no-deps dependent true
	expect 0 coracle ps -aq
	is ''
}

@test "run -e, -v, -w, -u, --name, --entrypoint" {
	one_service
	mkdir host && echo from host >host/file
	expect 0 coracle run --rm -T --no-deps -e SIZE=big -v "$PWD/host:/foo" -w /foo -u 12 --name special \
		--entrypoint /bin/sh a -c 'echo $SIZE $(cat file) $(pwd) $(id -u)'
	is 'big from host /foo 12'
}

@test "run reads stdin" {
	one_service
	output=$(echo piped | coracle run --rm -T --no-deps a cat)
	is piped
}

@test "run -d leaves it running, and --rm removes it when it ends" {
	one_service
	expect 0 coracle run -d --rm --no-deps --name brief a sleep 0.5
	eventually 5 gone brief
}

@test "run --rm of what ends at once reports its end, every time" {
	one_service
	for _ in $(seq 30); do
		expect 0 coracle run --rm -T --no-deps a true
	done
}

@test "run --service-ports publishes, -p too" {
	one_service
	expect 0 coracle run -d --no-deps --name server -p 9090:80 a sh -c 'echo page >/tmp/index.html; httpd -f -p 80 -h /tmp'
	eventually 5 inside curl -fs -o /dev/null http://127.0.0.1:9090/index.html
	expect 7 inside curl -fsm 1 http://127.0.0.1:8080/
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Coracle inside the containers that CI systems make for a job.

load job_helper

file_setup()
{
	job_image
}

@test "without a volume, ROOT is in memory: said by the first command, found by the next" {
	expect 0 job privileged '
		coracle image load -i "$IMAGE_CACHE/busybox/image.tar" 2>load
		coracle container run --name one busybox sh -c "echo said >/file; rm /bin/busybox; cat /file" 2>run ||:
		coracle container run --rm busybox echo inner 2>>run
		coracle system info >/dev/null 2>info
		coracle system df 2>df | grep Containers
		coracle container diff one
		cat run
		grep -c "^warning: ./var/lib/coracle. is on this container.s own overlay, .* volume" load
		grep -c "^warning: ./var/lib/coracle. is in memory" info df'
	has inner
	matches 'Containers +1 '
	has $'A /file'
	has $'D /bin/busybox'
	has $'\n1\ninfo:1\ndf:1'
	lacks warning
}

@test "of commands that come at once, one mounts, and all go on in the same ROOT" {
	expect 0 job privileged '
		for i in 1 2 3 4 5 6; do coracle volume create v$i >/dev/null 2>>said & done
		wait
		coracle volume ls -q | sort | tr "\n" " "
		grep -c "^warning" said
		grep -c coracle-root /proc/self/mountinfo'
	is $'v1 v2 v3 v4 v5 v6 1\n1'
}

@test "a ROOT in memory that is full says so, and what would be larger" {
	expect 0 job privileged '
		coracle ls 2>/dev/null >&2
		mount -o remount,size=1m /var/lib/coracle
		! coracle image load -i "$IMAGE_CACHE/busybox/image.tar"'
	has_error "there is no room in '/var/lib/coracle'"
	has_error 'is in memory'
	has_error 'docker run -v /var/lib/coracle'
}

@test "with a volume, nothing is covered" {
	expect 0 job volume '
		coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
		coracle container run --rm busybox echo inner
		! grep coracle-root /proc/self/mountinfo'
	has inner
	[ -z "$stderr" ]
}

web='services: {web: {image: busybox, command: httpd -f -p 80, ports: ["8080:80"], pids_limit: 50, user: "1000"}}'

@test "SYS_ADMIN and NET_ADMIN are enough: a read-only cgroup and /proc/sys, no pivot_root, no SYS_PTRACE" {
	echo "$web" >compose.yaml
	expect 0 job capabilities '
		coracle image load -qi "$IMAGE_CACHE/busybox/image.tar" 2>/dev/null
		coracle up -d 2>up
		until curl -s -o /dev/null 127.0.0.1:8080; do sleep 0.1; done
		curl -sS -o /dev/null -w "%{http_code}\n" 127.0.0.1:8080
		coracle exec web sh -c "id -u; ls /; hostname" | tr "\n" " "
		! coracle exec -u root web umount /proc 2>/dev/null
		coracle top
		coracle stats --no-stream --format "{{.Name}} {{.PIDs}} {{.MemUsage}}"
		coracle cp compose.yaml web:/tmp/copy && coracle exec web cat /tmp/copy
		coracle container run --rm busybox true 2>>up
		cat up
		coracle down 2>/dev/null
		pgrep httpd ||:'
	has $'404\n1000 bin dev etc '
	has 'httpd -f -p 80'
	matches 'builds-web-1 1 [0-9.]+KiB|builds-web-1 1 [0-9.]+MiB'
	[ "$(grep -c 'containers get no cgroups of their own, none can be made in ' <<<"$output")" = 1 ]
	has 'read-only file system: limits of memory'
	has 'warning: the process limit has no effect: containers have no cgroup of their own here'
}

@test "without a cgroup of its own a container cannot be paused, which is said; commit does without" {
	expect 0 job capabilities '
		coracle image load -qi "$IMAGE_CACHE/busybox/image.tar" 2>/dev/null
		coracle container run -d --name one busybox sleep 100 2>/dev/null
		! coracle container pause one
		coracle container commit one copy >/dev/null
		coracle container update --pids-limit 9 one
		coracle container rm -f one'
	has_error 'container one has no cgroup of its own, which could be frozen'
	has_error 'warning: it is committed while it runs: container one has no cgroup'
	has_error 'the process limit has no effect'
}

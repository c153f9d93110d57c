#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Named volumes, bind mounts, tmpfs, anonymous volumes, read-only roots.

load helper

@test "a named volume survives down, and goes with down -v" {
	project named <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["data:/data"]
	volumes:
	  data:
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'echo kept >/data/file'
	expect 0 coracle down
	expect 0 coracle volume ls -q
	is named_data
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /data/file
	is kept
	expect 0 coracle down -v
	expect 0 coracle volume ls -q
	is ''
}

@test "an edited bind-mounted file is seen inside at once" {
	project bound <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes:
	      - ./app.conf:/etc/app.conf:ro
	      - type: bind
	        source: ./dir
	        target: /dir
	YAML
	echo first >app.conf
	mkdir dir
	expect 0 coracle up -d
	expect 0 coracle exec -T a cat /etc/app.conf
	is first
	echo second >app.conf
	expect 0 coracle exec -T a cat /etc/app.conf
	is second
	expect 1 coracle exec -T a sh -c 'echo third >/etc/app.conf'
	expect 0 coracle exec -T a sh -c 'echo from inside >/dir/file'
	[ "$(cat dir/file)" = 'from inside' ]
}

@test "a missing source directory is made, or refused with create_host_path: false" {
	project missing <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["./made:/made"]
	  b:
	    image: busybox
	    profiles: [b]
	    volumes:
	      - {type: bind, source: ./nowhere, target: /nowhere, bind: {create_host_path: false}}
	YAML
	expect 0 coracle up -d
	[ -d made ]
	expect 1 coracle up -d b
	has_error nowhere
	[ ! -e nowhere ]
}

@test "a tmpfs is empty after a restart and has its size and mode" {
	project temporary <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    tmpfs: ["/short:size=1m,mode=700"]
	    volumes:
	      - {type: tmpfs, target: /long, tmpfs: {size: 2m, mode: 0750}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'stat -c %a /short /long; df -k /short /long | awk "NR > 1 {print \$2}"; echo x >/short/file'
	is $'700\n750\n1024\n2048'
	expect 0 coracle restart
	expect 0 coracle exec -T a ls /short
	is ''
}

@test "a new volume is filled from the image, an existing one is not" {
	project seeded <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["etc:/etc", "bare:/bin/nothing"]
	volumes:
	  etc:
	  bare:
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a grep -c root /etc/passwd
	expect 0 coracle exec -T a rm /etc/group
	expect 0 coracle up -d --force-recreate
	expect 1 coracle exec -T a ls /etc/group
}

@test "an anonymous volume is handed over on recreate, new with -V, gone with down -v" {
	project anonymous <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["/data"]
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a touch /data/file
	expect 0 coracle up -d --force-recreate
	expect 0 coracle exec -T a ls /data/file
	expect 0 coracle up -d --force-recreate -V
	expect 1 coracle exec -T a ls /data/file
	[ "$(coracle volume ls -q | wc -l)" = 1 ] || fail "the old volume is still there"
	expect 0 coracle down -v
	expect 0 coracle volume ls -q
	is ''
}

@test "external volumes must exist and are never removed" {
	project external <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["ours:/data"]
	volumes:
	  ours: {external: true, name: theirs}
	YAML
	expect 1 coracle up -d
	has_error theirs
	expect 0 coracle volume create theirs
	expect 0 coracle up -d
	expect 0 coracle down -v
	expect 0 coracle volume ls -q
	is theirs
	expect 0 coracle volume rm theirs
}

@test "two services share a volume; it cannot be removed while used" {
	project shared <<-'YAML'
	services:
	  a: &service
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes: ["data:/data"]
	  b: *service
	volumes:
	  data:
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'echo shared >/data/file'
	expect 0 coracle exec -T b cat /data/file
	is shared
	expect 1 coracle volume rm shared_data
	has_error shared_data
	expect 0 coracle volumes
	matches 'local +shared_data'
	expect 0 coracle volumes -q b
	is shared_data
	expect 0 coracle volumes --format json
	has '"Name":"shared_data"'
}

@test "read_only: only volumes and tmpfs can be written" {
	project readonly <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    read_only: true
	    tmpfs: /tmp
	YAML
	expect 0 coracle up -d
	expect 1 coracle exec -T a touch /file
	expect 0 coracle exec -T a touch /tmp/file
}

@test "a bind source or target cannot leave its place through links" {
	project links <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    volumes:
	      - data:/data
	      - ./file:/data/link/new
	volumes:
	  data:
	YAML
	echo content >file
	expect 0 coracle volume create links_data
	inside ln -s /etc "$CORACLE_ROOT/volumes/links_data/_data/link"
	run --separate-stderr coracle up -d
	[ ! -e /etc/new ]
	run coracle down
	expect 0 coracle volume rm links_data
}

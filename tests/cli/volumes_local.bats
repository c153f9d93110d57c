#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes as objects: the local driver's options, ls, prune, what is in use, changed descriptions.

load helper

service='    image: busybox
    command: sleep 3600
    stop_signal: SIGKILL'

# A file with an ext4 in it, and no loop device left of it.
make_ext4()
{
	truncate -s 16M "$1"
	mkfs.ext4 -q -F "$1"
}

no_loop_of()
{
	! losetup -n -O BACK-FILE | grep -qxF "$1"
}

need_loop()
{
	[ -e /dev/loop-control ] || skip "there are no loop devices here (/dev/loop-control)"
	grep -qw ext4 /proc/filesystems || skip "this kernel has no ext4"
	make_ext4 probe
	local device
	device=$(losetup --find --show probe 2>/dev/null) || skip "loop devices cannot be made here"
	losetup -d "$device"
	rm probe
}

@test "a volume is a file with an ext4, through a loop device that goes with its last user" {
	need_loop
	project loop <<-YAML
	services:
	  a:
	$service
	    volumes: ["disk:/disk"]
	  b:
	$service
	    volumes: ["disk:/disk"]
	volumes:
	  disk:
	    driver_opts: {type: ext4, device: "$PWD/loop/image.ext4", o: noatime}
	YAML
	make_ext4 image.ext4
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'grep " /disk " /proc/mounts; echo both >/disk/file'
	matches '^/dev/loop[0-9]+ /disk ext4 rw,noatime'
	# One device for both: else they would destroy each other's data.
	expect 0 coracle exec -T b cat /disk/file
	is both
	[ "$(losetup -n -O BACK-FILE | grep -cxF "$PWD/image.ext4")" = 1 ]
	expect 0 coracle stop a
	expect 0 coracle exec -T b cat /disk/file
	expect 0 coracle restart b
	expect 0 coracle exec -T b cat /disk/file
	is both
	expect 0 coracle down
	eventually 10 no_loop_of "$PWD/image.ext4"
	expect 0 debugfs -R 'cat /file' image.ext4
	is both
	expect 0 e2fsck -fn image.ext4
	expect 0 coracle down -v
	[ -s image.ext4 ]
}

@test "read-only images, offsets, and files that are no file system" {
	need_loop
	make_ext4 image.ext4
	{ head -c 1M /dev/zero; cat image.ext4; } >shifted
	project images <<-YAML
	services:
	  a:
	$service
	    volumes: ["ro:/ro", "shifted:/shifted"]
	  bad:
	$service
	    profiles: [bad]
	    volumes: ["bad:/bad"]
	  none:
	$service
	    profiles: [none]
	    volumes: ["none:/none"]
	volumes:
	  ro: {driver_opts: {type: ext4, device: ../image.ext4, o: "loop,ro"}}
	  shifted: {driver_opts: {type: ext4, device: ../shifted, o: "loop,offset=1m"}}
	  bad: {driver_opts: {type: ext4, device: ./garbage, o: loop}}
	  none: {driver_opts: {type: ext4, device: ./nowhere, o: loop}}
	YAML
	head -c 1M /dev/urandom >garbage
	expect 0 coracle up -d
	expect 1 coracle exec -T a touch /ro/file
	expect 0 coracle exec -T a touch /shifted/file
	expect 1 coracle up -d bad
	has_error "volume 'images_bad'"
	has_error 'garbage'
	expect 1 coracle up -d none
	has_error nowhere
	expect 0 coracle down
	for file in "$BATS_TEST_TMPDIR/image.ext4" "$BATS_TEST_TMPDIR/shifted" "$PWD/garbage"; do
		eventually 10 no_loop_of "$file"
	done
}

@test "a block device" {
	need_loop
	make_ext4 image.ext4
	device=$(losetup --find --show image.ext4)
	expect 0 coracle volume create -o type=ext4 -o "device=$device" block
	project block <<-YAML
	services:
	  a:
	$service
	    volumes: ["block:/disk"]
	volumes:
	  block: {external: true}
	YAML
	run --separate-stderr coracle up -d
	up=$status
	run --separate-stderr coracle exec -T a grep -c "^$device /disk ext4" /proc/mounts
	mounted=$output
	coracle down -v
	losetup -d "$device"
	[ "$up" = 0 ]
	[ "$mounted" = 1 ]
	expect 0 coracle volume rm block
}

@test "tmpfs and bind volumes with options; a relative device is the project's" {
	project options <<-YAML
	services:
	  a:
	$service
	    volumes: ["mem:/mem", "here:/here"]
	volumes:
	  mem: {driver_opts: {type: tmpfs, device: tmpfs, o: "size=1m,mode=0700,noexec"}}
	  here: {driver_opts: {type: none, device: ./data, o: "bind,ro"}}
	YAML
	expect 1 coracle up -d
	has_error data
	mkdir data
	echo x >data/file
	expect 0 coracle up -d
	expect 0 coracle exec -T a sh -c 'df -k /mem | awk "NR > 1 {print \$2}"; cat /here/file'
	is $'1024\nx'
	expect 1 coracle exec -T a touch /here/new
	expect 0 coracle volume inspect --format '{{.Options.o}}' options_here
	is bind,ro
}

@test "nfs and cifs: what no kernel or server takes is said clearly" {
	expect 1 coracle volume create -o type=nfs -o device=/export -o o=addr=192.0.2.9 bad
	has_error "must be 'HOST:/PATH'"
	expect 1 coracle volume create -o type=nfs bad
	has_error 'need both a device and a type'
	expect 1 coracle volume create -o type=cifs -o device=host/share bad
	has_error "must be '//HOST/SHARE'"
	expect 1 coracle volume create -o size=1g bad
	has_error "the option 'size' is not known"
	expect 1 coracle volume create -d rexray bad
	has_error "the driver 'rexray' is not known"
	expect 0 coracle volume ls -q
	is ''
	expect 0 coracle volume create -o type=nfs -o device=:/export -o o=addr=192.0.2.2,vers=4,soft,timeo=10,retrans=1 nfs
	expect 0 coracle volume create -o type=cifs -o device=//no.such.host.example/s -o o=username=u,password=hunter2 cifs
	project remote <<-YAML
	services:
	  a:
	$service
	    volumes: ["nfs:/nfs:nocopy"]
	  b:
	$service
	    volumes: ["cifs:/cifs:nocopy"]
	volumes:
	  nfs: {external: true}
	  cifs: {external: true}
	YAML
	expect 1 coracle up -d a
	has_error "volume 'nfs'"
	expect 1 coracle up -d b
	has_error "volume 'cifs'"
	[[ "$stderr" != *hunter2* ]]
	expect 0 coracle down
	expect 0 coracle volume rm nfs cifs
}

@test "ls: filters, formats, quiet" {
	expect 0 coracle volume create --label tier=db --label plain one
	is one
	expect 0 coracle volume create two
	expect 0 coracle volume create
	matches '^[0-9a-f]{64}$'
	anonymous=$output
	project using <<-YAML
	services:
	  a:
	$service
	    volumes: ["one:/one"]
	volumes:
	  one: {external: true}
	YAML
	expect 0 coracle up -d
	expect 0 coracle volume ls
	matches '^DRIVER +VOLUME NAME'
	expect 0 coracle volume ls -q --filter dangling=true
	is "$anonymous"$'\ntwo'
	expect 0 coracle volume ls -q --filter dangling=0
	is one
	expect 0 coracle volume ls -q -f label=tier=db
	is one
	expect 0 coracle volume ls -q -f label=tier=web
	is ''
	expect 0 coracle volume ls -q -f label=plain -f name=n
	is one
	expect 0 coracle volume ls -q -f name=tw -f name=on
	is $'one\ntwo'
	expect 0 coracle volume ls -q -f driver=local -f name=two
	is two
	expect 0 coracle volume ls -q -f driver=other
	is ''
	expect 1 coracle volume ls -f colour=red
	has_error "unknown filter 'colour=red'"
	expect 1 coracle volume ls -f dangling=perhaps
	has_error dangling
	expect 0 coracle volume ls --format '{{.Name}} {{.Driver}} {{.Labels}}' -f name=one
	is 'one local plain=,tier=db'
	expect 0 coracle volume ls --format json -f name=two
	has '"Name":"two"'
	expect 0 coracle down
	expect 0 coracle volume rm one two "$anonymous"
}

@test "what a container uses is not removed, whether it runs or not" {
	project users <<-YAML
	services:
	  a:
	$service
	    volumes: ["data:/data"]
	  b:
	$service
	    volumes: ["data:/data"]
	volumes:
	  data:
	YAML
	expect 0 coracle up -d
	expect 0 coracle stop
	expect 1 coracle volume rm users_data
	has_error 'in use by containers users-a-1, users-b-1'
	expect 1 coracle volume rm -f users_data
	has_error 'in use'
	expect 0 coracle volume prune -af
	is 'Total reclaimed space: 0B'
	expect 1 coracle volume rm nowhere
	has_error nowhere
	expect 0 coracle volume rm -f nowhere
	expect 0 coracle down
	expect 0 coracle volume rm users_data
}

@test "prune: anonymous ones, with -a named ones, by label; and what it gave back" {
	expect 0 coracle volume create
	anonymous=$output
	expect 0 coracle volume create --label keep=yes kept
	expect 0 coracle volume create named
	inside dd if=/dev/zero of="$CORACLE_ROOT/volumes/named/_data/file" bs=1M count=2 status=none
	run --separate-stderr bash -c 'echo n | "$@"' sh "$BASH" -c :
	expect 0 coracle volume prune </dev/null
	expect 0 coracle volume ls -q
	has "$anonymous"
	expect 0 coracle volume prune -f
	is "Deleted Volumes:
$anonymous

Total reclaimed space: 0B"
	expect 0 coracle volume prune -f --filter all=1 --filter label!=keep
	has named
	matches 'Total reclaimed space: 2\.[01][0-9]*MB'
	expect 0 coracle volume prune -af --filter label=keep=yes
	has kept
	expect 0 coracle volume ls -q
	is ''
	expect 1 coracle volume prune -f --filter until=1h
	has_error 'unknown filter'
}

@test "prunes during an up: no container loses its volume" {
	project racing <<-YAML
	services:
	  a:
	$service
	    volumes: ["/anonymous", "named:/named"]
	    deploy: {replicas: 6}
	volumes:
	  named: {driver_opts: {type: tmpfs, device: tmpfs}}
	YAML
	(coracle up -d) 3>&- &
	up=$!
	for i in 1 2 3 4 5 6 7 8; do
		coracle volume prune -af >/dev/null 3>&-
	done
	wait "$up"
	expect 0 coracle up -d
	for i in 1 2 3 4 5 6; do
		expect 0 coracle exec -T --index "$i" a sh -c 'touch /anonymous/file; grep -c " /named tmpfs" /proc/mounts'
		is 1
	done
}

@test "a volume that is described differently is made anew only when asked" {
	project differs <<-YAML
	services:
	  a:
	$service
	    volumes: ["data:/data"]
	  b:
	$service
	volumes:
	  data: {driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a touch /data/file
	other=$(inspect_of differs-b-1 '{{.Id}}')
	sed -i 's/size=1m/size=2m/' compose.yaml
	expect 0 coracle up -d </dev/null
	has_error 'volume "differs_data" exists with another configuration'
	expect 0 coracle exec -T a ls /data/file
	expect 0 coracle volume inspect --format '{{.Options.o}}' differs_data
	is size=1m
	expect 0 coracle --progress plain up -d -y
	has_error 'Recreated'
	expect 0 coracle exec -T a sh -c 'ls /data; df -k /data | awk "NR > 1 {print \$2}"'
	is 2048
	[ "$(inspect_of differs-b-1 '{{.Id}}')" = "$other" ]
	expect 0 coracle up -d </dev/null
	[[ "$stderr" != *'another configuration'* ]]
	# Somebody else's container keeps it: then nothing is touched.
	first=$(inspect_of differs-a-1 '{{.Id}}')
	sed -i 's/size=2m/size=3m/' compose.yaml
	mkdir other
	cat >other/compose.yaml <<-YAML
	services:
	  c:
	$service
	    volumes: ["data:/data"]
	volumes:
	  data: {external: true, name: differs_data}
	YAML
	expect 0 coracle -f other/compose.yaml -p neighbour up -d
	expect 1 coracle up -d -y
	has_error 'container neighbour-c-1, which is not of this project, uses it'
	[ "$(inspect_of differs-a-1 '{{.Id}}')" = "$first" ]
	expect 0 coracle -f other/compose.yaml -p neighbour down
	expect 0 coracle up -d -y
	[ "$(inspect_of differs-a-1 '{{.Id}}')" != "$first" ]
}

@test "on a terminal up asks before it loses data" {
	project asks <<-YAML
	services:
	  a:
	$service
	    volumes: ["data:/data"]
	volumes:
	  data: {driver_opts: {type: tmpfs, device: tmpfs, o: size=1m}}
	YAML
	expect 0 coracle up -d
	sed -i 's/size=1m/size=2m/' compose.yaml
	expect 0 on_terminal 'expect:[y/N]' 'send:n^M' -- "$CORACLE" up -d
	has 'data will be lost'
	expect 0 coracle volume inspect --format '{{.Options.o}}' asks_data
	is size=1m
	expect 0 on_terminal 'expect:[y/N]' 'send:y^M' -- "$CORACLE" up -d
	expect 0 coracle volume inspect --format '{{.Options.o}}' asks_data
	is size=2m
	expect 0 coracle exec -T a ls /data
	# The same where it stays: the question goes to who sits there, not to the background.
	sed -i 's/size=2m/size=3m/' compose.yaml
	expect 0 on_terminal 'expect:[y/N]' 'send:y^M' 'expect:Detach' 'send:d' -- env TERM=xterm "$CORACLE" up
	expect 0 coracle volume inspect --format '{{.Options.o}}' asks_data
	is size=3m
	sed -i 's/size=3m/size=4m/' compose.yaml
	expect 130 on_terminal 'expect:[y/N]' 'send:^C' -- "$CORACLE" up
	expect 0 coracle volume inspect --format '{{.Options.o}}' asks_data
	is size=3m
}

@test "a volume of somebody else is used with a warning, an external one is never removed" {
	expect 0 coracle volume create foreign_data
	project foreign <<-YAML
	services:
	  a:
	$service
	    volumes: ["data:/data", "theirs:/theirs"]
	volumes:
	  data:
	  theirs: {external: true, name: "theirs-\${N:-1}"}
	YAML
	expect 1 coracle up -d
	has_error 'external volume "theirs-1" not found'
	expect 0 coracle volume create theirs-1
	expect 0 coracle volume create --label com.docker.compose.project=foreign theirs-2
	expect 0 coracle up -d
	has_error 'already exists but was not created for project "foreign"'
	# Another volume behind the same name: its user is made anew.
	N=2 expect 0 coracle --progress plain up -d
	has_error "volume 'theirs' has another name now"
	expect 0 inspect_of foreign-a-1 '{{range .Mounts}}{{.Name}} {{.Mode}} {{end}}'
	has 'theirs-2 z'
	N=2 expect 0 coracle down -v
	expect 0 coracle volume ls -q
	is $'foreign_data\ntheirs-1\ntheirs-2'
	expect 0 coracle volume rm foreign_data theirs-1 theirs-2
}

@test "labels of mounts, for named and anonymous volumes" {
	project labels <<-YAML
	services:
	  a:
	$service
	    volumes:
	      - {type: volume, source: data, target: /data, volume: {labels: {of: mount}}}
	      - {type: volume, target: /anonymous, volume: {labels: {of: nobody}}}
	volumes:
	  data: {labels: {own: label}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle volume inspect --format '{{.Labels.of}} {{.Labels.own}} {{index .Labels "com.docker.compose.volume"}}' labels_data
	is 'mount label data'
	expect 0 coracle volume ls -q -f label=of=nobody
	matches '^[0-9a-f]{64}$'
	expect 0 coracle down -v
	expect 0 coracle volume ls -q
	is ''
}

@test "subpath: must be there, cannot leave the volume; nocopy copies nothing" {
	project sub <<-YAML
	services:
	  a:
	$service
	    volumes:
	      - {type: volume, source: data, target: /in, volume: {subpath: "dir/in"}}
	  b:
	$service
	    profiles: [b]
	    volumes:
	      - {type: volume, source: data, target: /in, volume: {subpath: "\${SUB}"}}
	  c:
	$service
	    volumes:
	      - {type: volume, source: empty, target: /etc/network, volume: {nocopy: true}}
	      - {type: volume, source: plain, target: /bin:ro, volume: {nocopy: true}}
	volumes: {data: , empty: , plain: }
	YAML
	sed -i 's,/bin:ro,/opt,' compose.yaml
	expect 1 coracle up -d a
	has_error 'dir/in'
	inside mkdir -p "$CORACLE_ROOT/volumes/sub_data/_data/dir/in"
	inside ln -s / "$CORACLE_ROOT/volumes/sub_data/_data/root"
	inside ln -s ../../../.. "$CORACLE_ROOT/volumes/sub_data/_data/up"
	inside touch "$CORACLE_ROOT/volumes/sub_data/_data/dir/in/file"
	expect 0 coracle up -d a c
	expect 0 coracle exec -T a ls /in
	is file
	expect 0 coracle exec -T c ls /etc/network
	is ''
	for path in ../.. root/etc up/etc nowhere /etc; do
		SUB=$path expect 1 coracle up -d b
		has_error '/in'
	done
}

@test "image volumes: a subpath of an image, read-only" {
	project image <<-YAML
	services:
	  a:
	$service
	    volumes:
	      - {type: image, source: busybox, target: /other, image: {subpath: etc}}
	  b:
	$service
	    profiles: [b]
	    volumes:
	      - {type: image, source: no.such.image, target: /other}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a grep -c root /other/passwd
	expect 1 coracle exec -T a touch /other/new
	first=$(inspect_of image-a-1 '{{.Id}}')
	expect 0 coracle up -d
	[ "$(inspect_of image-a-1 '{{.Id}}')" = "$first" ]
	expect 1 coracle up -d b
	has_error no.such.image
}

@test "replicas that see a new volume at once: it is filled once" {
	project filled <<-YAML
	services:
	  a:
	$service
	    volumes: ["bin:/bin"]
	    deploy: {replicas: 6}
	volumes: {bin: }
	YAML
	expect 0 coracle up -d
	wanted=$(coracle run --rm -T --no-deps a sh -c 'ls /bin | wc -l')
	[ "$wanted" -gt 0 ]
	expect 0 inside find "$CORACLE_ROOT/volumes/filled_bin" -maxdepth 1 -name 'seed*' -printf '%f\n'
	is seeded
}

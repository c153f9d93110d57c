#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cp: Docker's rules, both ways, running and stopped, and what a hostile container cannot do.

load helper

# A service that runs, one that was only created.
two()
{
	project "$1" <<-EOT
		services:
		  run:
		    image: busybox
		    command: sleep 1000
		    stop_grace_period: 0s
		    volumes: [data:/data, ./host:/host, {type: tmpfs, target: /ram}]
		  idle:
		    image: busybox
		    command: sleep 1000
		    volumes: [data:/data]
		volumes:
		  data:
	EOT
	mkdir host
	coracle up -d run >/dev/null 2>&1
	coracle create idle >/dev/null 2>&1
}

# Everything below a directory, one line each: kind, name, content or target.
tree()
{
	(cd "$1" && find . -mindepth 1 \( -type d -printf 'd %P\n' -o -type l -printf 'l %P %l\n' \
		-o -printf 'f %P ' -exec cat {} \; \) | sort)
}

@test "a file into a container: every rule of the destination, running and stopped" {
	two rules
	echo one >file
	echo two >other
	for service in run idle; do
		expect 0 coracle cp file $service:/tmp/new
		expect 0 coracle cp file $service:/tmp
		expect 0 coracle cp file $service:/tmp/
		expect 0 coracle cp other $service:/tmp/new
		expect 1 coracle cp file $service:/tmp/missing/
		has_error "the directory '/tmp/missing/' is not in container rules-$service-1"
		expect 1 coracle cp file $service:/tmp/missing/name
		has_error "the directory '/tmp/missing' is not in"
		expect 1 coracle cp file $service:/tmp/new/
		has_error "is not a directory"
		expect 1 coracle cp nothing $service:/tmp
		has_error "cannot copy 'nothing': no such file or directory"
		expect 1 coracle cp file/ $service:/tmp
		has_error "'file/' on this host is not a directory"
		rm -rf got
		expect 0 coracle cp $service:/tmp got
		expect 0 tree got
		is $'f file one\nf new two'
	done
	coracle up -d idle >/dev/null 2>&1
	expect 0 coracle exec -T idle cat /tmp/new
	is two
	expect 0 coracle container diff rules-idle-1
	is $'A /data\nC /tmp\nA /tmp/file\nA /tmp/new'
}

@test "a directory into a container: every rule of the destination" {
	two directories
	mkdir -p source/sub
	echo one >source/file
	echo two >source/sub/file
	ln -s sub/file source/link
	for service in run idle; do
		expect 0 coracle cp source $service:/tmp/copy
		expect 0 coracle cp source/ $service:/tmp/copy/
		expect 0 coracle cp source/. $service:/tmp/
		echo x >plain
		expect 0 coracle cp plain $service:/tmp
		expect 1 coracle cp source $service:/tmp/plain
		has_error "cannot copy a directory over the file"
		expect 1 coracle cp source/. $service:/tmp/plain
		rm -rf got
		expect 0 coracle cp $service:/tmp/. got
		expect 0 tree got
		is "d copy
d copy/source
d copy/source/sub
d copy/sub
d sub
f copy/file one
f copy/source/file one
f copy/source/sub/file two
f copy/sub/file two
f file one
f plain x
f sub/file two
l copy/link sub/file
l copy/source/link sub/file
l link sub/file"
	done
}

@test "out of a container: every rule of the destination" {
	two out
	coracle exec -T run sh -c 'mkdir -p /src/sub /empty; echo one >/src/file; echo two >/src/sub/file
		ln -s src/sub /link; ln -s /src/file /filelink'
	expect 0 coracle cp run:/src/file name
	expect 0 coracle cp run:src/file .
	mkdir there
	expect 0 coracle cp run:/src there
	expect 0 coracle cp run:/src new
	expect 0 coracle cp run:/src/. new/more
	expect 0 coracle cp run:/link there
	expect 0 coracle cp run:/link/ there/followed
	expect 0 coracle cp -L run:/filelink there
	expect 0 coracle cp run:/src/sub/../file there/dots
	expect 1 coracle cp run:/src name
	has_error "cannot copy a directory over the file 'name'"
	expect 1 coracle cp run:/nothing .
	has_error "there is no '/nothing' in container out-run-1"
	expect 1 coracle cp run:/src/file nowhere/
	has_error "the directory 'nowhere/' is not on this host"
	expect 1 coracle cp run:/src/file nowhere/name
	mkdir -p clash/file
	expect 1 coracle cp run:/src/file clash
	has_error "cannot overwrite a directory"
	[ "$(cat name file)" = $'one\none' ]
	expect 0 tree there
	is "d followed
d src
d src/sub
f dots one
f filelink one
f followed/file two
f src/file one
f src/sub/file two
l link src/sub"
	expect 0 tree new
	is "d more
d more/sub
d sub
f file one
f more/file one
f more/sub/file two
f sub/file two"
}

@test "owners, modes and times" {
	two owners
	echo x >file
	chown 1234:2345 file
	chmod 4750 file
	touch -d '2001-02-03 04:05:06.789' file
	for service in run idle; do
		expect 0 coracle cp file $service:/tmp/plain
		expect 0 coracle cp -a file $service:/tmp/archive
		expect 0 coracle cp -a $service:/tmp/plain plain
		expect 0 coracle cp -a $service:/tmp/archive archive
		expect 0 coracle cp $service:/tmp/archive ours
		expect 0 stat -c '%n %a %u:%g %Y' plain archive ours
		is $'plain 4750 0:0 981173106\narchive 4750 1234:2345 981173106\nours 4750 0:0 981173106'
		expect 0 stat -c %y archive
		matches '04:05:06.789'
		rm -f plain archive ours
	done
}

@test "links as the destination lead on within the container" {
	two links
	echo x >file
	mkdir dir
	coracle exec -T run sh -c 'ln -s /tmp/real /dangling; mkdir /target; ln -s /target /todir
		ln -s ../../../../target /up; ln -s /data /tovolume; ln -s /etc/passwd /tofile'
	expect 0 coracle cp file run:/dangling
	expect 0 coracle cp file run:/todir
	expect 0 coracle cp file run:/up/second
	expect 0 coracle cp file run:/tovolume/
	expect 0 coracle cp file run:/tofile
	expect 0 coracle exec -T run sh -c 'cat /tmp/real; ls /target /data; cat /etc/passwd; readlink /tofile'
	is $'x\n/data:\nfile\n\n/target:\nfile\nsecond\nx\n/etc/passwd'
	[ ! -e /target ]
}

@test "what is mounted in a container is seen, and not written to when it is read-only" {
	project mounts <<-EOT
		services:
		  run:
		    image: busybox
		    command: sleep 1000
		    stop_grace_period: 0s
		    read_only: true
		    volumes: ["data:/data", "./host:/host:ro", {type: tmpfs, target: /ram}]
		  idle:
		    image: busybox
		    read_only: true
		    volumes: ["data:/data", "./host:/host:ro"]
		volumes:
		  data:
	EOT
	mkdir host
	echo there >host/there
	echo x >file
	coracle up -d run >/dev/null 2>&1
	coracle create idle >/dev/null 2>&1
	for service in run idle; do
		expect 0 coracle cp file $service:/data/$service
		expect 0 coracle cp $service:/host/there got
		expect 1 coracle cp file $service:/host/new
		has_error "it is mounted read-only"
		expect 1 coracle cp file $service:/tmp
		has_error "it is mounted read-only"
	done
	expect 0 coracle cp file run:/ram
	expect 0 coracle exec -T run sh -c 'cat /ram/file; ls /data'
	is $'x\nidle\nrun'
	expect 1 coracle cp run:/proc/version .
	has_error "in a file system that the kernel makes up"
	expect 1 coracle cp file run:/proc/sys/kernel
	expect 0 coracle cp file run:/etc/hosts
	expect 0 coracle exec -T run cat /etc/hosts
	is x
	[ "$(ls host)" = there ]
}

@test "the whole root of a running container, without what the kernel makes up" {
	two root
	coracle exec -T run sh -c 'echo volume >/data/file; echo ram >/ram/file'
	coracle cp run:/ - >root.tar
	expect 0 tar -tf root.tar
	has data/file
	has ram/file
	has bin/busybox
	lacks proc/1
	lacks sys/kernel
	# A tar of a service goes into another one as it is.
	coracle cp run:/ram - | coracle cp - idle:/data
	expect 0 coracle cp idle:/data/ram/file -
	has ram
}

@test "streams: stdin goes into a directory with its owners, stdout has them" {
	two streams
	mkdir -p in/sub
	echo x >in/sub/file
	chown 77:88 in/sub/file
	tar -C in -cf plain.tar sub
	tar -C in -czf packed.tar.gz sub
	coracle cp - run:/tmp <plain.tar
	coracle cp - idle:/tmp <packed.tar.gz
	for service in run idle; do
		coracle cp $service:/tmp/sub - >out.tar
		expect 0 tar --numeric-owner -tvf out.tar
		matches '77/88 .*sub/file'
		expect 1 coracle cp - $service:/tmp/sub/file <plain.tar
		has_error "is not a directory"
		expect 1 coracle cp - $service:/tmp/none <plain.tar
	done
	echo nonsense >nonsense
	expect 1 coracle cp - run:/tmp <nonsense
	expect 1 coracle cp run:/tmp idle:/tmp
	has_error "both are in containers"
	expect 1 coracle cp in out
	has_error "NAME:PATH"
	expect 1 coracle cp in run:
	has_error "lacks a path"
}

@test "replicas: into all, --index, out of the first" {
	project replicas <<-EOT
		services:
		  web:
		    image: busybox
		    command: sleep 1000
		    stop_grace_period: 0s
		    scale: 3
	EOT
	coracle up -d >/dev/null 2>&1
	echo all >file
	echo two >second
	expect 0 coracle cp file web:/tmp
	expect 0 coracle cp --index 2 second web:/tmp/file
	expect 1 coracle cp --index 9 file web:/tmp
	has_error 'has no container #9'
	expect 1 coracle cp file none:/tmp
	expect 1 coracle cp - web:/tmp </dev/null
	has_error "name one with --index"
	expect 0 coracle cp web:/tmp/file got
	expect 0 coracle cp --index 2 web:/tmp/file got2
	expect 0 coracle container cp replicas-web-3:/tmp/file got3
	[ "$(cat got got2 got3)" = $'all\ntwo\nall' ]
	coracle run --name once -d web sleep 1000 >/dev/null 2>&1
	expect 0 coracle cp --all second web:/tmp/everywhere
	expect 0 coracle container cp once:/tmp/everywhere got4
	coracle container rm -f once
}

@test "many files, holes, long names, links, capabilities and odd names survive both ways" {
	two odd
	# In memory: a disk takes seconds for so many files.
	memory=$(mktemp -d /dev/shm/coracle-cp.XXXXXX)
	cd "$memory" || return 1
	mkdir -p in/many "in/$(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..200})"
	for ((i = 0; i < 4000; i++)); do echo $i >in/many/$i; done
	echo deep >"in/$(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..200})/$(printf 'f%.0s' {1..250})"
	truncate -s 64M in/holes
	printf middle | dd of=in/holes bs=1 seek=32M conv=notrunc status=none
	ln -s "$(printf 'g%.0s' {1..300})" in/longlink
	ln in/many/1 in/hard
	mkfifo in/fifo
	cp /bin/true in/cap
	setcap cap_net_raw+ep in/cap
	echo odd >in/$'new\nline \xff'
	printf x >in/-dash
	for service in run idle; do
		rm -rf out
		expect 0 coracle container cp in odd-$service-1:/data/$service
		expect 0 coracle container cp odd-$service-1:/data/$service out
		expect 0 diff -r --no-dereference --exclude=fifo in out
		[ "$(getcap out/cap)" = "out/cap cap_net_raw=ep" ]
		[ "$(stat -c %h out/hard)" = 2 ]
		[ "$(stat -c %b out/holes)" -lt 1000 ]
		[ -p out/fifo ]
	done
	expect 0 inside du -k "$CORACLE_ROOT/volumes/odd_data/_data/idle/holes"
	matches '^[0-9]{1,3}[^0-9]'
	cd "$BATS_TEST_TMPDIR/odd" && rm -rf "$memory"
}

# An archive with one or two odd entries: python's tarfile writes what tar refuses.
hostile()
{
	python3 -c '
import io, sys, tarfile
tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
def add(name, kind=tarfile.REGTYPE, link="", text=b"evil"):
	info = tarfile.TarInfo(name)
	info.type, info.linkname, info.devmajor, info.devminor = kind, link, 1, 3
	info.size = len(text) if kind == tarfile.REGTYPE else 0
	tar.addfile(info, io.BytesIO(text))
for row in sys.argv[1:]:
	kind, name, link = (row.split("|") + [""])[:3]
	add(name, {"f": tarfile.REGTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE,
		"d": tarfile.DIRTYPE}[kind], link)
tar.close()' "$@"
}

@test "a hostile archive on stdin stays in the container" {
	two hostile
	expect 1 coracle cp - run:/tmp < <(hostile 'f|../../escaped')
	has_error "leads out of the archive"
	expect 1 coracle cp - run:/tmp < <(hostile 'h|hard|../../etc/passwd')
	has_error "leads out of the archive"
	expect 0 coracle cp - run:/tmp < <(hostile "l|link|$BATS_TEST_TMPDIR" 'd|made' 'l|made/up|../../../..')
	expect 1 coracle cp - run:/tmp < <(hostile 'f|link/escaped')
	expect 0 coracle cp - run:/tmp < <(hostile 'f|/made/up/in-root')
	expect 0 coracle cp - run:/tmp < <(hostile 'f|over' 'l|over|/etc/passwd' 'f|over')
	expect 0 coracle exec -T run sh -c 'cat /in-root /tmp/over; grep -c evil /etc/passwd; test ! -e /escaped'
	is evilevil0
	expect 1 coracle cp - run:/tmp < <(hostile 'l|proc|/proc/sys' 'f|proc/kernel/x')
	expect 1 coracle cp - run:/tmp < <(hostile 'h|hard|missing')
	expect 1 coracle cp - run:/tmp < <(hostile 'f|made')
	has_error "cannot overwrite a directory"
	[ ! -e "$BATS_TEST_TMPDIR/escaped" ]
	[ ! -e /escaped ]
	[ ! -e /in-root ]
}

@test "what comes out of a container stays in the destination" {
	two comes
	echo canary >canary
	coracle exec -T run sh -c "mkdir /src; ln -s $PWD/canary /src/a; ln -s $PWD /src/dir; mknod /src/null c 1 3
		mkfifo /src/fifo; ln -s /etc/hostname /src/b"
	mkdir -p out/src
	ln -s "$PWD" out/src/sub
	expect 0 coracle cp run:/src out
	has_error "'src/null' is a device: left out"
	[ "$(readlink out/src/a)" = "$PWD/canary" ]
	[ ! -e out/src/null ]
	coracle exec -T run sh -c 'rm /src/*; mkdir /src/sub; echo evil >/src/sub/canary'
	expect 1 coracle cp run:/src out
	has_error "cannot overwrite what is not a directory"
	expect 1 coracle cp -L run:/src/missing/../../../../../../etc/shadow/x out
	[ "$(cat canary)" = canary ]
}

no_secret()
{
	if [ -e "$1" ] && grep -qr secret-of-host "$1"; then
		fail "what the host has in its canary is in $1"
	fi
}

# A container that exchanges a directory with a link to where the host has its canary.
@test "a container that swaps links while cp runs gains nothing" {
	two swap
	cc -D_GNU_SOURCE -O2 -static -o probe "$tests_dir/payload/probe.c"
	mkdir canary
	echo secret-of-host >canary/file
	coracle cp probe run:/probe
	coracle exec -T run sh -c "mkdir -p /a/in $PWD/canary; ln -s $PWD/canary /b; echo inside >/a/file
		echo from-container >$PWD/canary/file; ln -s / /c"
	coracle exec -dT run /probe swap /a /b 300
	coracle exec -T run sh -c "mkdir /data/a; ln -s $PWD/canary /data/b; echo inside >/data/a/file"
	coracle exec -dT run /probe swap /data/a /data/b 300
	echo evil >file
	mkdir many
	for ((i = 0; i < 100; i++)); do echo evil >many/$i; done
	for ((i = 0; i < 15; i++)); do
		rm -rf out
		coracle cp run:/a/file out >/dev/null 2>&1 || true
		no_secret out
		coracle cp run:/a - 2>/dev/null >out.tar || true
		no_secret out.tar
		coracle cp many/. run:/a/in >/dev/null 2>&1 || true
		coracle cp file run:/a/new >/dev/null 2>&1 || true
		coracle cp many run:/a >/dev/null 2>&1 || true
		# The other one does not run, but has the same volume.
		coracle cp many idle:/data/a >/dev/null 2>&1 || true
		coracle cp idle:/data/a - 2>/dev/null >out.tar || true
		no_secret out.tar
	done
	[ "$(ls canary)" = file ]
	[ "$(cat canary/file)" = secret-of-host ]
	[ ! -e /in ]
	[ ! -e /a ]
	expect 0 coracle export run -o out.tar
	no_secret out.tar
}

@test "a paused container is copied from and to, committed, and stays paused" {
	two paused
	echo x >file
	coracle pause run >/dev/null 2>&1
	expect 0 coracle cp file run:/tmp
	expect 0 coracle cp run:/tmp/file got
	expect 0 coracle export run -o all.tar
	expect 0 coracle commit run paused:1
	state_is paused-run-1 paused
	coracle unpause >/dev/null 2>&1
	expect 0 coracle exec -T run cat /tmp/file
	is x
	expect 0 coracle image rm paused:1
}

# Teardown looks for processes and mounts that stay.
@test "a cp that is killed leaves no process, and the next one works" {
	two killed
	head -c 20M /dev/urandom >big
	coracle cp big run:/big
	for delay in 0.01 0.02 0.04 0.06 0.08 0.1; do
		for service in run idle; do
			inside timeout -s KILL $delay "$CORACLE" cp big $service:/data/big >/dev/null 2>&1 || true
			inside timeout -s KILL $delay "$CORACLE" cp run:/big out >/dev/null 2>&1 || true
			inside timeout -s KILL $delay "$CORACLE" export $service -o out.tar >/dev/null 2>&1 || true
		done
	done
	for service in run idle; do
		expect 0 coracle cp big $service:/data/big
		expect 0 coracle cp $service:/data/big out
		cmp big out
	done
}

@test "nothing of the container is run or loaded, and its processes see nothing" {
	two trojan
	coracle exec -T run sh -c 'for n in tar gzip xz cp; do rm -f /bin/$n; printf "#!/bin/sh\necho run >/ran\n" >/bin/$n
		chmod 755 /bin/$n; done; mkdir -p /lib; echo /lib/x.so >/etc/ld.so.preload; echo "passwd: evil" >/etc/nsswitch.conf'
	echo x >file
	expect 0 coracle cp file run:/tmp
	expect 0 coracle cp run:/etc out
	expect 0 coracle export run -o all.tar
	expect 0 coracle container commit trojan-run-1
	coracle image rm -f "$output" >/dev/null
	expect 1 coracle cp run:/ran .
}

@test "what is no regular file is never replaced: by cp, config, save or export" {
	two nodes
	inside mount -t tmpfs -o dev,mode=755 tmpfs host
	inside mknod host/null c 1 3
	inside mknod host/full c 1 7
	inside mkfifo host/fifo
	inside ln -s null host/link
	inside sh -c 'ls -l host | sed "s/ [A-Z].*:[0-9]* / /"' >before
	for name in null link; do
		expect 1 coracle cp run:/etc/passwd "host/$name"
		is ''
		has_error "invalid output path: \"host/$name\" must be a directory or a regular file: got a device"
		expect 0 coracle config -o "host/$name"
		expect 0 coracle image save -o "host/$name" busybox
		expect 0 coracle export -o "host/$name" run
	done
	expect 1 coracle cp run:/etc/passwd host/fifo
	has_error 'got a named pipe'
	expect 1 coracle config -o host/full
	has_error "'host/full'" 'no space left on device'
	expect 1 coracle image save -o host/full busybox
	expect 1 coracle image save -o host/null no-such-image
	expect 1 coracle export -o host/full run
	coracle exec -T run sh -c 'mkdir /ram/host && echo x >/ram/host/null && echo y >/ram/host/fifo'
	expect 1 coracle cp run:/ram/host/. host
	has_error 'it is not replaced'
	inside sh -c 'ls -l host | sed "s/ [A-Z].*:[0-9]* / /"' | diff before -
	eventually 10 inside umount host
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run: volumes, binds, tmpfs, and the volumes of others.

load helper

run_here()
{
	coracle container run --rm "$@"
}

@test "-v mounts volumes that come to be, paths that do, and relative ones" {
	expect 0 run_here -v data:/data busybox sh -c 'echo kept >/data/file'
	expect 0 run_here -v data:/data:ro busybox sh -c 'cat /data/file; ! touch /data/x 2>/dev/null'
	is kept
	expect 0 run_here -v ./made/here:/y busybox touch /y/file
	[ -e made/here/file ]
	expect 0 run_here -v "$PWD/made:/y" busybox ls /y
	is here
	expect 0 run_here -v /anonymous busybox sh -c 'grep -c " /anonymous " /proc/self/mountinfo'
	is 1
	expect 0 coracle volume ls -q
	is data
	coracle volume rm data
	expect 125 run_here -v a/b:/x busybox true
	has_error 'includes invalid characters for a local volume name'
	expect 125 run_here -v data:x busybox true
	has_error 'mount path must be absolute'
	expect 125 run_here -v data:/x -v other:/x/ busybox true
	has_error 'Duplicate mount point: /x'
	expect 125 run_here --volume-driver odd -v data:/x busybox true
	has_error 'plugin "odd" not found'
}

@test "--mount mounts the same by name, and makes no path that is missing" {
	mkdir there
	echo text >there/file
	expect 0 run_here --mount type=bind,source=./there,target=/x,readonly busybox \
		sh -c 'cat /x/file; ! touch /x/new 2>/dev/null'
	is text
	expect 125 run_here --mount "type=bind,src=$PWD/missing,dst=/x" busybox true
	has_error "invalid mount config for type \"bind\": bind source path does not exist: $PWD/missing"
	expect 0 run_here --mount "type=bind,src=$PWD/missing,dst=/x,bind-create-src" busybox true
	[ -d missing ]
	expect 0 run_here --mount src=named,dst=/x,volume-label=l=1,volume-nocopy busybox touch /x/file
	expect 0 coracle volume inspect -f '{{json .Labels}}' named
	is '{"l":"1"}'
	coracle volume rm named
	expect 0 run_here --mount type=volume,src=mem,dst=/x,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m \
		busybox df -k /x
	has 1024
	coracle volume rm mem
	expect 0 run_here --mount type=tmpfs,dst=/x,tmpfs-size=2m,tmpfs-mode=1700 busybox \
		sh -c 'df -k /x | tail -1; stat -c %a /x'
	has 2048
	has 1700
	expect 0 run_here --mount type=image,src=busybox,dst=/other busybox ls /other/bin/busybox
	expect 125 run_here --mount type=volume,dst=/x,bind-propagation=shared busybox true
	has_error "cannot mix 'bind-*' options with mount type 'volume'"
	expect 125 run_here --mount type=bind,dst=/x busybox true
	has_error 'field Source must not be empty'
	expect 125 run_here --mount dst=/x,odd=1 busybox true
	has_error "unknown option 'odd' in 'odd=1'"
}

@test "--tmpfs, --shm-size and --read-only" {
	expect 0 run_here --tmpfs /x:size=64m,mode=1777 busybox sh -c 'df -k /x | tail -1; stat -c %a /x'
	has 65536
	has 1777
	expect 0 run_here --shm-size 8m busybox df -k /dev/shm
	has 8192
	expect 1 run_here --read-only busybox touch /x
	expect 0 run_here --read-only --tmpfs /tmp busybox touch /tmp/x
}

@test "--volumes-from mounts what another container has" {
	coracle container create --name donor -v kept:/data -v "$PWD:/here" busybox
	expect 0 run_here --volumes-from donor busybox sh -c 'touch /data/file /here/file'
	[ -e file ]
	expect 0 run_here --volumes-from donor:ro busybox sh -c 'ls /data; ! touch /data/x 2>/dev/null'
	is file
	expect 125 run_here --volumes-from nobody busybox true
	has_error nobody
	expect 125 run_here --volumes-from donor:shared busybox true
	has_error 'invalid mode: shared'
	coracle container rm -v donor
	coracle volume rm kept
}

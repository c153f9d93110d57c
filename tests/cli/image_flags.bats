#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Flags of the commands on images and volumes that scripts use.

load helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
}

@test "push -a and pull -a: all tags of a repository" {
	for tag in 1 2 latest; do
		coracle tag busybox "$plain/shop/web:$tag"
	done
	coracle tag busybox "$plain/shop/other:9"
	expect 0 coracle image push -a "$plain/shop/web"
	has '1: digest: sha256:'
	has 'latest: digest: sha256:'
	lacks '9: digest'
	expect 1 coracle image push --all-tags "$plain/shop/web:1"
	has_error "tag can't be used with --all-tags/-a"
	expect 1 coracle image push -a "$plain/shop/missing"
	has_error "An image does not exist locally with the tag: $plain/shop/missing"
	expect 0 coracle image rm "$plain/shop/web:1" "$plain/shop/web:2" "$plain/shop/web:latest"
	expect 0 coracle image pull -q -a "$plain/shop/web"
	is "$(printf "$plain/shop/web:%s\n" 1 2 latest)"
	expect 1 coracle image pull -a "$plain/shop/web:1"
	has_error "tag can't be used with --all-tags/-a"
	expect 1 coracle image pull -a "$plain/shop/missing"
	has_error "cannot list the tags of '$plain/shop/missing'"
	expect 0 coracle image rm "$plain/shop/web:1" "$plain/shop/web:2" "$plain/shop/web" "$plain/shop/other:9"
}

@test "a platform that an image is not for is refused, by whatever looks at it" {
	own=linux/$(coracle image inspect busybox --format '{{.Architecture}}')
	expect 0 coracle image inspect --platform "$own" busybox --format '{{.Os}}'
	is linux
	expect 0 coracle image history --platform "$own" -q busybox
	expect 0 coracle image save --platform "$own" -o saved.tar busybox
	for words in 'image inspect' 'image history' 'image save -o other.tar' 'image push' 'image rm'; do
		# shellcheck disable=SC2086
		expect 1 coracle $words --platform linux/s390x busybox
		has_error 'does not provide the specified platform (linux/s390x)'
	done
	[ ! -e other.tar ]
	expect 0 coracle image inspect busybox
}

@test "save of several names and ids, load says what came, also with -q" {
	id=$(coracle image inspect busybox --format '{{.Id}}')
	coracle tag busybox extra:1
	expect 0 coracle image save -o several.tar busybox extra:1 "$id"
	expect 0 coracle image rm --no-prune extra:1
	expect 0 coracle image load -q -i several.tar
	has 'Loaded image: busybox:latest'
	has 'Loaded image: extra:1'
	expect 0 coracle image remove extra:1
}

@test "the other names of commands on images and volumes" {
	expect 0 coracle image list -a -q --no-trunc
	has "$(coracle image inspect busybox --format '{{.Id}}')"
	expect 0 coracle volume create --label a=1 data
	expect 0 coracle volume create data
	is data
	expect 1 coracle volume create --name one two
	has_error 'cannot specify a volume-name through both --name and as a positional arg'
	expect 1 coracle volume create -d nfs other
	has_error nfs
	expect 0 coracle volume list -q -f label=a
	is data
	expect 0 coracle volume remove data
	is data
	expect 1 coracle volume rm data
	expect 0 coracle volume rm -f data
	is data
}

@test "load --platform takes the images for it, or says that there are none" {
	expect 0 coracle image save -o one.tar busybox
	expect 1 coracle image load --platform linux/s390x -i one.tar
	has_error 'not for the platform that is asked for'
	expect 0 coracle image load --platform "linux/$(dpkg --print-architecture)" -i one.tar
	has 'Loaded image: busybox:latest'
}

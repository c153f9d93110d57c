#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# container run: where the image comes from.

load helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	inside skopeo copy -q --dest-tls-verify=false "oci-archive:$IMAGE_CACHE/busybox/image.tar" \
		"docker://$plain/lib/busybox:1"
}

@test "an image that is missing is pulled, and said so on standard error" {
	expect 0 coracle container run --rm "$plain/lib/busybox:1" echo there
	is there
	has_error "Unable to find image '$plain/lib/busybox:1' locally"
	has_error "Status: Downloaded newer image for $plain/lib/busybox:1"
	expect 0 coracle container run --rm "$plain/lib/busybox:1" echo again
	is again
	[ "$stderr" = '' ] || fail "$stderr"
	expect 0 coracle container run --rm --pull always "$plain/lib/busybox:1" echo checked
	is checked
	has_error 'Status: Image is up to date'
	expect 0 coracle image rm "$plain/lib/busybox:1"
	expect 0 coracle container run --rm --quiet "$plain/lib/busybox:1" echo quiet
	is quiet
	[ "$stderr" = '' ] || fail "$stderr"
	expect 0 coracle image rm "$plain/lib/busybox:1"
}

@test "--pull never, and what no registry has, are 125" {
	expect 125 coracle container run --rm --pull never "$plain/lib/busybox:1" true
	has_error "No such image: $plain/lib/busybox:1"
	expect 125 coracle container run --rm "$plain/lib/nothing" true
	has_error "Unable to find image '$plain/lib/nothing:latest' locally"
	expect 125 coracle container run --rm --pull odd busybox true
	has_error "invalid pull option: 'odd': must be one of \"always\", \"missing\" or \"never\""
	expect 125 coracle container run --rm sha256:0123456789012345678901234567890123456789012345678901234567890123 true
	has_error 'No such image: sha256:0123'
}

@test "an image may be named by its id, the beginning of it, or a digest" {
	expect 0 coracle image inspect -f '{{.Id}}' busybox
	id=$output
	expect 0 coracle container run --rm "$id" echo whole
	is whole
	short=${id#sha256:}
	expect 0 coracle container run --rm "${short:0:12}" echo short
	is short
	digest=$(inside skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$plain/lib/busybox:1")
	expect 0 coracle container run --rm "$plain/lib/busybox@$digest" echo digest
	is digest
	expect 0 coracle image rm "$plain/lib/busybox@$digest"
}

@test "--platform must be the image's" {
	expect 125 coracle container run --rm --pull never --platform linux/s390x busybox true
	expect 0 coracle container run --rm --platform "linux/$(dpkg --print-architecture)" busybox echo ours
	is ours
}

@test "as docker, it says what docker says" {
	mkdir bin
	ln -s "$CORACLE" bin/docker
	expect 0 inside bin/docker run --rm busybox echo hello
	is hello
	expect 125 inside bin/docker run --rm --pull never "$plain/lib/busybox:1" true
	has_error "docker: Error response from daemon: No such image: $plain/lib/busybox:1"
	expect 125 inside bin/docker run --odd busybox true
	has_error 'unknown flag: --odd'
	expect 125 inside bin/docker run --env-file missing busybox true
	has_error 'docker: --env-file: '
	expect 125 inside bin/docker run -e =x busybox true
	has_error $'docker: invalid environment variable: =x\n\nRun \'docker run --help\' for more information'
	expect 125 inside bin/docker run --rm --cap-add NOTHING busybox true
	has_error 'Error response from daemon: invalid CapAdd: unknown capability: "NOTHING"'
	expect 0 inside bin/docker run --rm --network host -p 80:80 busybox true
	has_error 'WARNING: Published ports are discarded when using host network mode'
	expect 0 inside bin/docker create --name early --network nosuch busybox true
	expect 1 inside bin/docker start early
	has_error 'Error response from daemon: network nosuch not found'
	expect 125 inside bin/docker run --rm --network nosuch busybox true
	has_error 'Error response from daemon: network nosuch not found'
	expect 0 inside bin/docker ps -a --format '{{.Names}} {{.Status}}'
	is 'early Created'
	expect 0 inside bin/docker rm early
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images to registries: Debian's docker-registry open, behind a password, and behind TLS; what others
# read there is byte for byte what is stored here.

load helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	(cd "$BATS_FILE_TMPDIR" && htpasswd -Bbn user secret >passwords &&
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
			-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null)
	real_registry closed "  tls: {certificate: $BATS_FILE_TMPDIR/cert.pem, key: $BATS_FILE_TMPDIR/key.pem}
auth: {htpasswd: {realm: test, path: $BATS_FILE_TMPDIR/passwords}}"
}

digest_at()
{
	inside skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"
}

@test "what is pushed has the digest that it has here, and skopeo reads it" {
	expect 0 coracle tag busybox "$plain/one/busybox:2"
	expect 0 coracle image push "$plain/one/busybox:2"
	has_error Pushed
	matches '^2: digest: sha256:[0-9a-f]{64} size: [0-9]+$'
	digest=$(digest_at "$plain/one/busybox:2")
	has "$digest"
	inside skopeo copy -q --src-tls-verify=false "docker://$plain/one/busybox:2" oci:copied:x
	expect 0 coracle image save -o saved.tar "$plain/one/busybox:2"
	mkdir saved && tar -xf saved.tar -C saved
	for blob in copied/blobs/sha256/*; do
		cmp "$blob" "saved/blobs/sha256/${blob##*/}"
	done
	expect 0 coracle image push "$plain/one/busybox:2"
	has_error 'Already exists'
	expect 0 coracle image push --quiet "$plain/one/busybox:2"
	is "$plain/one/busybox:2"
	# Round trip into another store.
	expect 0 coracle --root "$PWD/other" --run "$PWD/run" image pull "$plain/one/busybox:2"
	has "$digest"
	coracle rmi "$plain/one/busybox:2" >/dev/null
}

@test "layers are taken from another repository of the same registry" {
	coracle tag busybox "$plain/first/busybox:1"
	coracle image push -q "$plain/first/busybox:1"
	coracle tag busybox "$plain/second/busybox:1"
	expect 0 coracle image push "$plain/second/busybox:1"
	has_error Mounted
	[ "$(grep -c Pushing <<<"$stderr")" = 1 ] || fail "$stderr"
	has_error "Image $plain/second/busybox:1 Pushing"
	[ "$(digest_at "$plain/first/busybox:1")" = "$(digest_at "$plain/second/busybox:1")" ]
	coracle rmi "$plain/first/busybox:1" "$plain/second/busybox:1" >/dev/null
}

@test "a registry behind TLS and a password" {
	local -x DOCKER_CONFIG=$PWD/docker
	mkdir docker
	coracle tag busybox "$closed/mine/busybox:1"
	expect 1 coracle image push "$closed/mine/busybox:1"
	has_error 'login'
	printf '{"auths": {"%s": {"auth": "%s"}}}' "$closed" "$(printf user:wrong | base64)" >docker/config.json
	expect 1 coracle image push "$closed/mine/busybox:1"
	has_error 'login'
	printf '{"auths": {"%s": {"auth": "%s"}}}' "$closed" "$(printf user:secret | base64)" >docker/config.json
	expect 0 coracle image push "$closed/mine/busybox:1"
	expect 0 coracle --root "$PWD/other" --run "$PWD/run" image pull "$closed/mine/busybox:1"
	inside skopeo inspect --tls-verify=false --creds user:secret "docker://$closed/mine/busybox:1" >/dev/null
	coracle rmi "$closed/mine/busybox:1" >/dev/null
}

@test "compressed layers that were given back come again for a push" {
	images layout back=q1:300000,q2:300000
	scripted --layout layout from
	store()
	{
		coracle --root "$PWD/other" --run "$PWD/run" "$@"
	}
	expect 0 store image pull -q "$registry/from:back"
	expect 0 store image prune -f --blobs
	store tag "$registry/from:back" "$plain/to/back:1"
	expect 1 store image push "$plain/to/back:1"
	has_error 'image pull --blobs'
	expect 0 store image pull --blobs "$registry/from:back"
	has 'Image is up to date'
	expect 0 store image push "$plain/to/back:1"
	[ "$(digest_at "$plain/to/back:1")" = "sha256:$(blob_of layout back manifest)" ]
	expect 0 store system check
	scripted_stop
}

@test "what cannot be pushed says why" {
	expect 1 coracle image push "$plain/not/here:1"
	has_error 'there is no image of this name'
	expect 1 coracle image push "$plain/not/here@sha256:$(printf %064d 1)"
	has_error 'a tag names what is pushed'
	coracle tag busybox "127.0.0.1:9/x:1"
	expect 1 coracle image push "127.0.0.1:9/x:1"
	has_error "cannot push '127.0.0.1:9/x:1'"
	coracle rmi "127.0.0.1:9/x:1" >/dev/null
}

@test "push pushes the services that are built" {
	project services <<-YAML
	services:
	  a: {image: "$plain/built/a:1", build: .}
	  b: {image: busybox}
	  c: {image: "$plain/built/c:1", build: .}
	YAML
	coracle tag busybox "$plain/built/a:1"
	expect 1 coracle push
	has_error "Image $plain/built/a:1 Pushed"
	has_error "Image $plain/built/c:1 Error"
	has_error 'Image busybox Skipped'
	expect 0 coracle push --ignore-push-failures -q
	[ "$stderr" = '' ] || fail "$stderr"
	[ -n "$(digest_at "$plain/built/a:1")" ]
	coracle rmi "$plain/built/a:1" >/dev/null
}

@test "a big layer goes up whole, also when the connection breaks" {
	images layout broken=p1:3000000,p2:100000
	scripted --layout layout from
	expect 0 coracle image pull -q "$registry/from:broken"
	coracle tag "$registry/from:broken" "$plain/to/broken:1"
	expect 0 coracle image push "$plain/to/broken:1"
	[ "$(digest_at "$plain/to/broken:1")" = "sha256:$(blob_of layout broken manifest)" ]
	rules "PUT . close x1" "PATCH . close x1" "POST . close x1"
	coracle tag "$registry/from:broken" "$registry/to/broken:1"
	expect 0 coracle image push "$registry/to/broken:1"
	expect 0 coracle --root "$PWD/other" --run "$PWD/run" image pull "$registry/to/broken:1"
	has "sha256:$(blob_of layout broken manifest)"
	coracle rmi "$registry/from:broken" "$registry/to/broken:1" "$plain/to/broken:1" >/dev/null
	scripted_stop
}

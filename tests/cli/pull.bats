#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Images from registries: Debian's docker-registry, and a scripted one that lies, stops and stalls.

load helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	inside skopeo copy -q --dest-tls-verify=false "oci-archive:$IMAGE_CACHE/busybox/image.tar" \
		"docker://$plain/lib/busybox:1"
}

# Everything that this test pulled.
forget()
{
	coracle image rm --force "$@" >/dev/null
}

@test "pulls what skopeo has put into a registry, and knows it the next time" {
	expect 0 coracle image pull "$plain/lib/busybox:1"
	matches "^Digest: sha256:[0-9a-f]{64}
Status: Downloaded newer image for $plain/lib/busybox:1
$plain/lib/busybox:1\$"
	has_error 'Already exists'
	digest=$(inside skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$plain/lib/busybox:1")
	has "Digest: $digest"
	expect 0 coracle image pull "$plain/lib/busybox:1"
	has 'Status: Image is up to date for'
	[ "$stderr" = "Image $plain/lib/busybox:1 Pulling
 Image $plain/lib/busybox:1 Pulled" ] || fail "$stderr"
	expect 0 coracle image pull --quiet "$plain/lib/busybox:1"
	is "$plain/lib/busybox:1"
	expect 0 coracle image pull "$plain/lib/busybox@$digest"
	has "Digest: $digest"
	expect 0 coracle image inspect --format '{{.RepoDigests}}' "$plain/lib/busybox:1"
	has "$digest"
	forget "$plain/lib/busybox:1" "$plain/lib/busybox@$digest"
}

@test "pull without a compose file takes images, with one it takes services" {
	expect 0 coracle pull -q "$plain/lib/busybox:1"
	is "$plain/lib/busybox:1"
	expect 1 coracle pull
	has_error 'no compose file'
	project services <<-YAML
	services:
	  a: {image: "$plain/lib/busybox:1"}
	  b: {image: "$plain/lib/busybox:1"}
	  c: {build: .}
	YAML
	expect 0 coracle pull
	has_error "Image $plain/lib/busybox:1 Pulled"
	[ "$(grep -c Pulling <<<"$stderr")" = 1 ] || fail "$stderr"
	has_error 'No image to be pulled'
	expect 1 coracle pull busybox
	has_error 'no such service: busybox'
	expect 0 coracle pull --policy missing a
	has_error 'already present'
	expect 0 coracle pull -q
	[ "$stderr" = '' ] || fail "$stderr"
	forget "$plain/lib/busybox:1"
}

@test "what cannot be pulled is an error, unless that is ignored" {
	project failures <<-YAML
	services:
	  a: {image: "$plain/lib/nothing:1"}
	  b: {image: "$plain/lib/busybox:1"}
	  c: {image: "$plain/lib/nothing:2", build: .}
	YAML
	expect 1 coracle pull
	has_error "Image $plain/lib/busybox:1 Pulled"
	has_error "Image $plain/lib/nothing:1 Error"
	has_error 'service "a": cannot pull'
	has_error $'Some service image(s) must be built from source by running:\n    coracle build c'
	expect 0 coracle pull --ignore-pull-failures
	has_error "Image $plain/lib/nothing:1 Error"
	expect 0 coracle pull --ignore-buildable b c
	has_error 'Image can be built'
	expect 1 coracle image pull "127.0.0.1:9/x"
	has_error "cannot pull '127.0.0.1:9/x'"
	forget "$plain/lib/busybox:1"
}

@test "up pulls what is missing, as its policies say" {
	project policies <<-YAML
	services:
	  missing: {image: "$plain/lib/busybox:1", command: "true", network_mode: none}
	YAML
	expect 1 coracle up -d --pull never
	has_error "pull policy is 'never'"
	expect 0 coracle up -d
	has_error "Image $plain/lib/busybox:1 Pulled"
	expect 0 coracle up -d
	[[ "$stderr" != *Pull* ]] || fail "$stderr"
	expect 0 coracle up -d --pull always --quiet-pull
	has_error "Image $plain/lib/busybox:1 Pulled"
	[[ "$stderr" != *complete* ]] || fail "$stderr"
	expect 0 coracle create --pull missing
	[[ "$stderr" != *Pull* ]] || fail "$stderr"
	expect 1 coracle up -d --pull sometimes
	has_error "'sometimes' is not a pull policy"
	expect 0 coracle down
	forget "$plain/lib/busybox:1"
	expect 0 coracle run --rm missing
	has_error "Pulled"
	expect 0 coracle down
	forget "$plain/lib/busybox:1"
}

@test "run --pull always asks the registry though the image is there" {
	project again <<<"services: {a: {image: '$plain/lib/busybox:1', command: 'true', network_mode: none}}"
	expect 0 coracle run --rm a
	expect 0 coracle run --rm a
	[[ "$stderr" != *Pulled* ]] || fail "$stderr"
	expect 0 coracle run --rm --pull always a
	has_error "Image $plain/lib/busybox:1 Pulled"
	forget "$plain/lib/busybox:1"
}

@test "up pulls the images of hooks and of image volumes, too" {
	project beside <<-YAML
	services:
	  a:
	    image: busybox
	    command: "true"
	    network_mode: none
	    pre_start:
	      - {image: "$plain/lib/busybox:1", command: ["true"]}
	    volumes: [{type: image, source: "$plain/lib/busybox:1", target: /image}]
	YAML
	expect 1 coracle up -d --pull never
	expect 0 coracle up -d
	has_error "Image $plain/lib/busybox:1 Pulled"
	expect 0 coracle down
	forget "$plain/lib/busybox:1"
}

@test "policies of services: always, never, build, and windows" {
	project windows <<-YAML
	services:
	  always: {image: "$plain/lib/busybox:1", command: "true", network_mode: none, pull_policy: always}
	  daily: {image: "$plain/lib/busybox:1", command: "true", network_mode: none, pull_policy: daily}
	  soon: {image: "$plain/lib/busybox:1", command: "true", network_mode: none, pull_policy: every_0s}
	  never: {image: "$plain/lib/nothing:1", command: "true", network_mode: none, pull_policy: never}
	  build: {image: "$plain/lib/busybox:1", command: "true", network_mode: none, pull_policy: build}
	YAML
	expect 1 coracle up -d build
	has_error "pull_policy is 'build'"
	expect 1 coracle up -d never
	has_error "pull policy is 'never'"
	expect 0 coracle up -d daily
	has_error Pulled
	expect 0 coracle up -d daily
	[[ "$stderr" != *Pull* ]] || fail "$stderr"
	expect 0 coracle up -d soon
	has_error Pulled
	expect 0 coracle up -d always
	has_error Pulled
	# Two days pass.
	inside sed -i 's/"io.coracle.registry.checked": "2/"io.coracle.registry.checked": "1/' \
		"$CORACLE_ROOT/images/index.json"
	expect 0 coracle up -d daily
	has_error Pulled
	expect 0 coracle down
	forget "$plain/lib/busybox:1"
}

@test "config shows what tags mean now" {
	project pinned <<-YAML
	services:
	  a: {image: "$plain/lib/busybox:1"}
	YAML
	digest=$(inside skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$plain/lib/busybox:1")
	expect 0 coracle config --resolve-image-digests
	has "image: $plain/lib/busybox:1@$digest"
	expect 0 coracle config --lock-image-digests
	is "services:
  \"a\":
    image: $plain/lib/busybox:1@$digest"
}

@test "an index gives the image for the platform" {
	images layout "multi=m1:1000@linux/s390x@linux/amd64@linux/arm/v6@linux/arm/v7" "single=m2:1000@linux/s390x"
	scripted --layout layout many
	expect 0 coracle image pull "$registry/many:multi"
	has "Digest: sha256:$(blob_of layout multi index)"
	expect 0 coracle image inspect --format '{{.Architecture}} {{.Id}}' "$registry/many:multi"
	is "amd64 sha256:$(blob_of layout multi config 2)"
	expect 0 coracle image inspect --format '{{.RepoDigests}}' "$registry/many:multi"
	is "[$registry/many@sha256:$(blob_of layout multi index)]"
	expect 0 coracle image inspect "$registry/many@sha256:$(blob_of layout multi index)"
	expect 0 coracle image pull -q --platform linux/arm/v7 "$registry/many:multi"
	expect 0 coracle image inspect --format '{{.Architecture}} {{.Id}}' "$(blob_of layout multi config 4)"
	is "arm sha256:$(blob_of layout multi config 4)"
	DOCKER_DEFAULT_PLATFORM=linux/s390x expect 0 coracle image pull -q "$registry/many:multi"
	expect 0 coracle image inspect --format '{{.Architecture}}' "$(blob_of layout multi config 1)"
	is s390x
	expect 0 coracle image inspect --format '{{.Architecture}}' "$registry/many:multi"
	is amd64
	expect 1 coracle image pull --platform linux/riscv64 "$registry/many:multi"
	has_error 'no match for platform linux/riscv64'
	has_error 'linux/s390x'
	expect 0 coracle image pull -q "$registry/many:single"
	has_error 'is an image for linux/s390x only'
	forget "$registry/many:multi" "$registry/many:single"
	scripted_stop
}

@test "images for two platforms have one name side by side" {
	local here=$PWD ours theirs
	images beside "multi=b1:1000@linux/amd64@linux/386"
	scripted --layout beside many
	ours=sha256:$(blob_of beside multi config 1)
	theirs=sha256:$(blob_of beside multi config 2)
	project side <<-YAML
	services:
	  a: {image: "$registry/many:multi", command: "true", network_mode: none}
	  b: {image: "$registry/many:multi", platform: linux/386, command: "true", network_mode: none}
	YAML
	expect 0 coracle create
	[ "$(inspect_of side-a-1 '{{.Image}}')" = "$ours" ]
	[ "$(inspect_of side-b-1 '{{.Image}}')" = "$theirs" ]
	expect 0 inspect_of side-b-1 \
		'{{.ImageManifestDescriptor.Platform.OS}}/{{.ImageManifestDescriptor.Platform.Architecture}} {{.Platform}}'
	is 'linux/386 linux'
	expect 0 coracle pull -q b
	expect 0 coracle create
	[[ "$stderr" != *Pull* && "$stderr" != *Recreate* ]] || fail "$stderr"
	[ "$(coracle image ls -q "$registry/many:multi" | wc -l)" = 2 ]
	# Another name is one for both, for which nobody is asked.
	expect 0 coracle tag "$registry/many:multi" local/both
	[ "$(coracle image ls -q local/both | sort)" = "$(coracle image ls -q "$registry/many:multi" | sort)" ]
	expect 0 coracle image rm local/both
	DOCKER_DEFAULT_PLATFORM=linux/386 expect 0 coracle create
	[ "$(inspect_of side-a-1 '{{.Image}}')" = "$theirs" ]
	# Only that of the host has no user now.
	expect 1 coracle image rm "$theirs"
	expect 0 coracle image rm "$ours"
	expect 1 coracle image inspect "$ours"
	expect 0 coracle image inspect --format '{{.Id}}' "$registry/many:multi"
	is "$theirs"
	expect 0 coracle pull -q a
	expect 0 coracle create
	[ "$(inspect_of side-a-1 '{{.Image}}')" = "$ours" ]
	expect 1 coracle image rm "$registry/many:multi"
	expect 0 coracle down
	expect 0 coracle image rm "$registry/many:multi"
	expect 1 coracle image inspect "$ours"
	expect 1 coracle image inspect "$theirs"
	expect 0 coracle system check
	cd "$here"
	scripted_stop
}

@test "a platform that nothing here runs is refused before anything is pulled" {
	local command here=$PWD
	images foreign "multi=f1:1000@linux/loong64@linux/amd64"
	scripted --layout foreign many
	project foreign <<-YAML
	services:
	  a: {image: "$registry/many:multi", platform: linux/loong64, command: "true", network_mode: none}
	  b: {image: "$registry/many:multi", command: "true", network_mode: none}
	YAML
	for command in 'up -d' 'run --rm'; do
		# shellcheck disable=SC2086 # words of a command
		expect 1 coracle $command a
		has_error 'service "a": images for linux/loong64 do not run on this machine'
		has_error 'install qemu-user-static'
		# shellcheck disable=SC2086
		DOCKER_DEFAULT_PLATFORM=linux/loong64 expect 1 coracle $command b
		has_error 'service "b": images for linux/loong64 do not run on this machine'
	done
	[ ! -s "$here/registry.log" ] || fail "$(cat "$here/registry.log")"
	# What is only pulled may go elsewhere: with save.
	expect 0 coracle pull -q a
	# What is only created may have its emulator later.
	expect 0 coracle create a
	state_is foreign-a-1 created
	expect 0 coracle create a
	[[ "$stderr" != *Recreate* ]] || fail "$stderr"
	expect 1 coracle start a
	has_error 'images for linux/loong64 do not run on this machine'
	expect 0 coracle create b
	has_error "Image $registry/many:multi Pulled"
	[ "$(inspect_of foreign-b-1 '{{.Image}}')" = "sha256:$(blob_of "$here/foreign" multi config 2)" ]
	expect 0 coracle down
	forget "$registry/many:multi"
	cd "$here"
	scripted_stop
}

@test "layers may be gzip, zstd or plain, and the same one twice" {
	images layout forms=f1:300000,f2:300000:zstd,f3:300000:plain,f1:300000
	scripted --layout layout forms
	expect 0 coracle image pull "$registry/forms:forms"
	for layer in 1 2 3; do
		[[ "$stderr" == *" $(blob_of layout forms layer $layer | head -c 12) Downloading "* ]]
		[[ "$stderr" == *" $(blob_of layout forms layer $layer | head -c 12) Pull complete "* ]]
	done
	[ "$(requests 'select(.path | contains("/blobs/")) | .path' | sort | uniq -d)" = '' ]
	expect 0 coracle image save -o saved.tar "$registry/forms:forms"
	mkdir saved && tar -xf saved.tar -C saved
	for blob in layout/blobs/sha256/*; do
		cmp "$blob" "saved/blobs/sha256/${blob##*/}"
	done
	forget "$registry/forms:forms"
	scripted_stop
}

@test "an image whose layers came with another image, compressed otherwise, is saved with those" {
	images layout 'first=f1:300000,f2:300000:zstd' 'second=f1:300000:zstd,f2:300000,f3:300000:plain'
	scripted --layout layout other
	expect 0 coracle image pull "$registry/other:first"
	expect 0 coracle image pull "$registry/other:second"
	id=$(coracle image inspect --format '{{.Id}}' "$registry/other:second")
	saved_is()
	{
		rm -rf saved
		expect 0 coracle image save -o saved.tar "$registry/other:second"
		mkdir saved && tar -xf saved.tar -C saved
		(cd saved/blobs/sha256 && for blob in *; do echo "$blob  $blob"; done | sha256sum --quiet -c) || fail 'a digest is wrong'
		manifest=saved/blobs/sha256/$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' saved/index.json)
		[ "$(jq -r '.layers[] | [.digest, .size, .mediaType] | join(" ")' "$manifest")" = "$(
			for layer in "first layer 1 gzip" "first layer 2 zstd" "second layer 3"; do
				# shellcheck disable=SC2086 # words
				set -- $layer
				hex=$(blob_of layout "$1" layer "$3")
				echo "sha256:$hex $(stat -c %s "layout/blobs/sha256/$hex") application/vnd.oci.image.layer.v1.tar${4:++$4}"
			done
		)" ] || fail "$(jq . "$manifest")"
		[ "sha256:$(blob_of layout second config)" = "$id" ]
	}
	saved_is
	# The one with which they came goes: of these layers that is all that there is.
	forget "$registry/other:first"
	saved_is
	# It says it everywhere where it is loaded.
	forget "$registry/other:second"
	expect 0 coracle image load -i saved.tar
	[ "$(coracle image inspect --format '{{.Id}}' "$registry/other:second")" = "$id" ]
	expect 0 coracle image save -o again.tar "$registry/other:second"
	cmp saved.tar again.tar
	# What was given back is nowhere.
	expect 0 coracle image prune -f --blobs
	expect 1 coracle image save -o none.tar "$registry/other:second"
	has_error 'image pull --blobs'
	forget "$registry/other:second"
	scripted_stop
}

@test "a registry that lies leaves nothing behind" {
	local before
	images layout lies=l1:300000,l2:300000
	scripted --layout layout lies
	before=$(stored)
	lie()
	{
		rules "$1"
		expect 1 coracle image pull "$registry/lies:lies"
		has_error "$2"
		[ "$(stored | grep -v ^partial)" = "$before" ] || fail "$(diff <(echo "$before") <(stored))"
	}
	lie "GET blobs/sha256:$(blob_of layout lies layer 2) corrupt" "layer sha256:$(blob_of layout lies layer 2 | head -c 12)"
	[ "$(stored | grep -c "partial/$(blob_of layout lies layer 2)")" = 0 ]
	lie "GET blobs/sha256:$(blob_of layout lies config) corrupt" config
	lie "GET blobs/sha256:$(blob_of layout lies layer 2) body no layer at all" "$registry/lies:lies"
	lie "GET blobs/sha256:$(blob_of layout lies layer 2) length 10" "$registry/lies:lies"
	lie "GET manifests/ type application/vnd.docker.distribution.manifest.list.v2+json" "contradicts"
	lie "GET manifests/ body {}" "$registry/lies:lies"
	rules ''
	expect 0 coracle image pull "$registry/lies:lies"
	forget "$registry/lies:lies"
	[ "$(stored)" = "$before" ] || fail "$(diff <(echo "$before") <(stored))"
	scripted_stop
}

@test "an interrupted download goes on where it was, and what is complete is not fetched again" {
	images layout cut=c1:300000,c2:3000000
	big=$(blob_of layout cut layer 2)
	scripted --layout layout cut "GET blobs/sha256:$big truncate 1000000 x1"
	# Within one pull: the transport goes on by itself.
	expect 0 coracle image pull "$registry/cut:cut"
	[ "$(requests "select(.path | contains(\"$big\")) | .headers.range // \"none\"")" = "none
bytes=1000000-" ] || fail "$(cat registry.log)"
	forget "$registry/cut:cut"
	# From one to the next: nothing else comes than what was missing.
	rules "GET blobs/sha256:$big truncate 1000000 x1" "GET blobs/sha256:$big close"
	: >registry.log
	expect 1 coracle image pull "$registry/cut:cut"
	[ "$(stored | grep -c ^partial)" -ge 1 ]
	rules ''
	: >registry.log
	expect 0 coracle image pull "$registry/cut:cut"
	[ "$(requests "select(.path | contains(\"$big\")) | .headers.range")" = bytes=1000000- ] ||
		fail "$(cat registry.log)"
	[ "$(stored | grep -c ^partial)" = 0 ]
	forget "$registry/cut:cut"
	scripted_stop
}

@test "kill -9 at any moment: the next pull finishes it" {
	images layout killed=k1:200000,k2:2000000,k3:3000000
	small=$(blob_of layout killed layer 1)
	big=$(blob_of layout killed layer 3)
	before=$(stored | grep '^layers\|^images')
	scripted --layout layout killed
	for stop in 0 1 500000 2999999; do
		rules "GET blobs/sha256:$big stall $stop x1" "GET blobs/sha256:$big silent"
		: >registry.log
		pull_begin "$registry/killed:killed"
		eventually 20 grep -q "$big" registry.log
		if [ "$stop" -gt 1 ]; then
			eventually 20 inside sh -c '[ "$(stat -c %s "$1")" -ge "$2" ]' sh \
				"$CORACLE_ROOT/partial/$big" "$stop"
			eventually 20 inside sh -c '[ "$(stat -c %s "$1")" -ge 200000 ]' sh \
				"$CORACLE_ROOT/partial/$small"
		fi
		pull_kill
		[ "$(stored | grep '^layers\|^images')" = "$before" ] || fail "$(stored)"
		rules ''
		: >registry.log
		expect 0 coracle image pull "$registry/killed:killed"
		[ "$stop" = 0 ] || [ "$stop" = 1 ] ||
			[ "$(requests "select(.path | contains(\"$big\")) | .headers.range")" = "bytes=$stop-" ] ||
			fail "$(cat registry.log)"
		[ "$stop" -le 1 ] || [ "$(grep -c "$small" registry.log)" = 0 ] || fail "$(cat registry.log)"
		forget "$registry/killed:killed"
		[ "$(stored | grep -c '^partial\|^staging')" = 0 ] || fail "$(stored)"
	done
	scripted_stop
}

@test "two pulls of one image at once fetch it once" {
	images layout twice=t1:200000,t2:2000000
	big=$(blob_of layout twice layer 2)
	# The first one waits for two seconds here, then its transport goes on; the second waits for it.
	scripted --layout layout twice "GET blobs/sha256:$big stall 1000000 x1"
	pull_begin "$registry/twice:twice"
	eventually 20 inside sh -c '[ "$(stat -c %s "$1")" -ge 1000000 ]' sh "$CORACLE_ROOT/partial/$big"
	expect 0 coracle image pull "$registry/twice:twice"
	has_error 'Already exists'
	wait "$pull_job" || fail "$(cat pull.out)"
	[ "$(requests "select(.path | contains(\"$big\")) | .headers.range // \"none\"")" = "none
bytes=1000000-" ] || fail "$(cat registry.log)"
	[ "$(grep -c "$(blob_of layout twice layer 1)" registry.log)" = 1 ]
	forget "$registry/twice:twice"
	scripted_stop
}

@test "on a terminal there are bars, and Ctrl-C ends a pull and an up that pulls" {
	local before
	images layout seen=v1:2000000
	big=$(blob_of layout seen layer)
	before=$(stored | grep '^layers\|^images')
	scripted --layout layout seen "GET blobs/sha256:$big stall 1000000 x1" \
		"GET blobs/sha256:$big silent"
	run on_terminal "expect:1MB/2MB [====>     ]" "send:^C" -- \
		"$CORACLE" image pull "$registry/seen:seen"
	[ "$status" = 130 ] || fail "$status $output"
	project seen <<-YAML
	services:
	  a: {image: "$registry/seen:seen", network_mode: none}
	YAML
	run on_terminal "expect:1MB/2MB [====>     ]" "send:^C" -- "$CORACLE" up
	[ "$status" = 130 ] || fail "$status $output"
	[ "$(coracle ps -aq)" = '' ]
	[ "$(stored | grep '^layers\|^images')" = "$before" ]
	[ "$(stored | grep ^partial)" = "partial/$big" ] || fail "$(stored)"
	cd ..
	scripted_stop
}

@test "a stalled registry and one that limits the rate are errors in bounded time" {
	images layout slow=s1:200000
	scripted --layout layout slow "GET blobs/ stall 1000"
	echo '{"limits": {"attempts": 1, "stall-seconds": 1}}' >impatient.json
	local -x CORACLE_REGISTRIES=$PWD/impatient.json
	expect 1 coracle image pull "$registry/slow:slow"
	has_error "cannot pull '$registry/slow:slow'"
	rules "* manifests/ status 429 Retry-After:3600"
	expect 1 coracle image pull "$registry/slow:slow"
	has_error "cannot pull '$registry/slow:slow'"
	echo '{"limits": {"attempts": 4, "retry-seconds": 0.05}}' >impatient.json
	rules "* manifests/ status 429 Retry-After:0 x2"
	expect 0 coracle image pull "$registry/slow:slow"
	forget "$registry/slow:slow"
	scripted_stop
}

@test "without room: a clear error, and the room comes back" {
	images layout large=g1:3000000,g2:9000000
	scripted --layout layout large
	mkdir -p tiny
	inside mount -t tmpfs -o size=8m tmpfs tiny
	expect 1 coracle --root "$PWD/tiny/root" --run "$PWD/tiny/run" image pull "$registry/large:large"
	has_error 'no space left on device'
	[ "$(stored "$PWD/tiny/root")" = '' ] || fail "$(stored "$PWD/tiny/root")"
	inside mount -o remount,size=64m tiny
	expect 0 coracle --root "$PWD/tiny/root" --run "$PWD/tiny/run" image pull "$registry/large:large"
	eventually 10 inside umount tiny
	scripted_stop
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images: load, list, inspect, tag, save, remove.

load helper

@test "images lists what was loaded" {
	expect 0 coracle image ls
	matches '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE'
	matches 'busybox +latest +[0-9a-f]{12} '
	expect 0 coracle image inspect --format '{{.Os}} {{json .Config.Cmd}}' busybox
	is 'linux ["sh"]'
}

@test "the store is an OCI layout that other tools read" {
	expect 0 inside skopeo inspect --raw "oci:$CORACLE_ROOT/images:$(inside jq -r \
		'.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$CORACLE_ROOT/images/index.json")"
	[ "$(jq -r .schemaVersion <<<"$output")" = 2 ]
}

@test "tag and rmi" {
	expect 0 coracle image tag busybox other/name:1.0
	expect 0 coracle image ls -q other/name
	[ -n "$output" ]
	expect 0 coracle image rm other/name:1.0
	has 'Untagged: other/name:1.0'
	expect 1 coracle image inspect other/name:1.0
	expect 0 coracle image inspect busybox
}

@test "save and load give the same image, docker and OCI readers accept the archive" {
	id=$(coracle image inspect --format '{{.Id}}' busybox)
	[ "$(coracle image inspect --format '{{.ID}}' busybox)" = "$id" ]
	expect 0 coracle image save -o saved.tar busybox
	expect 0 skopeo inspect docker-archive:saved.tar
	expect 0 skopeo inspect oci-archive:saved.tar
	expect 0 coracle --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run" image load -i saved.tar
	[ "$(coracle --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run" image inspect --format '{{.Id}}' busybox)" = "$id" ]
	inside rm -rf "$WORLD_DIR/second" "$WORLD_DIR/second-run"
}

@test "load from a pipe, compressed" {
	expect 0 inside sh -c "gzip -c $IMAGE_CACHE/busybox/image.tar | $CORACLE image load"
	has busybox
}

@test "a damaged archive is refused and leaves nothing" {
	other=(coracle --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run" image)
	expect 0 "${other[@]}" ls
	stored() { inside find "$WORLD_DIR/second" "$WORLD_DIR/second-run" ! -name .lock | sort; }
	before=$(stored)
	mkdir unpacked && tar -C unpacked -xf "$IMAGE_CACHE/busybox/image.tar"
	blob=$(find unpacked/blobs -size +100k)
	printf X | dd of="$blob" bs=1 seek=5000 conv=notrunc 2>/dev/null
	tar -C unpacked -cf bad.tar oci-layout index.json blobs
	expect 1 "${other[@]}" load -i bad.tar
	[ -n "$stderr" ]
	head -c 100000 "$IMAGE_CACHE/busybox/image.tar" >short.tar
	expect 1 "${other[@]}" load -i short.tar
	head -c 100000 /dev/urandom >noise.tar
	expect 1 "${other[@]}" load -i noise.tar
	[ "$(stored)" = "$before" ] || fail "$(diff <(echo "$before") <(stored))"
	expect 0 "${other[@]}" load -i "$IMAGE_CACHE/busybox/image.tar"
	inside rm -rf "$WORLD_DIR/second" "$WORLD_DIR/second-run"
}

@test "an image in use cannot be removed" {
	project inuse <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 1 coracle image rm busybox
	[[ "$stderr" =~ inuse-a-1|"is using"|"in use"|"used by a container" ]] || fail "$stderr"
}

@test "a missing image is an error that says what to do" {
	project missing <<-'YAML'
	services:
	  a: {image: "no-such-image:1", pull_policy: never}
	YAML
	expect 1 coracle up -d
	has_error no-such-image:1
}

@test "coracle images lists the containers' images" {
	project listed <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle images
	matches '^CONTAINER +REPOSITORY +TAG'
	matches 'listed-a-1 +busybox +latest'
}

@test "image ls: filters, patterns, digests, formats" {
	expect 0 coracle image tag busybox registry.example/team/tool:2
	expect 0 coracle image ls 'busy*'
	has busybox
	lacks tool
	expect 0 coracle image ls docker.io/library/busybox
	has busybox
	expect 0 coracle image ls 'registry.example/*/tool' --format '{{.Repository}}:{{.Tag}}'
	is registry.example/team/tool:2
	expect 0 coracle image ls 'registry.example/*'
	lacks tool
	expect 0 coracle image ls -f reference='*:2' -f reference='busybox:*' --format '{{.Tag}}'
	is latest
	expect 0 coracle image ls --filter dangling=true -q
	is ''
	expect 0 coracle image ls --filter label=nothing -q
	is ''
	expect 0 coracle image ls --filter before=busybox -q
	is ''
	expect 0 coracle image ls --filter until=24h -q
	matches '^[0-9a-f]{12}$'
	expect 0 coracle image ls -q --no-trunc
	matches '^sha256:[0-9a-f]{64}$'
	expect 0 coracle image ls --digests busybox
	matches 'busybox +latest +sha256:[0-9a-f]{64} '
	expect 0 coracle image ls --format json busybox
	[ "$(jq -r .Repository <<<"$output")" = busybox ]
	expect 1 coracle image ls --filter strange=1
	has_error "unknown filter 'strange=1'"
	expect 1 coracle image ls --filter before=missing
	expect 0 coracle image rm registry.example/team/tool:2
}

@test "image history" {
	expect 0 coracle history busybox
	matches '^IMAGE +CREATED +CREATED BY +SIZE +COMMENT'
	matches '[0-9a-f]{12} +[0-9]+ (months|years) ago .* 1.98MB'
	id=$(coracle image inspect -f '{{.Id}}' busybox)
	expect 0 coracle image history -q --no-trunc busybox
	is "$id"
	expect 0 coracle image history --human=false --format '{{.Size}} {{.CreatedAt}}' busybox
	matches '^19[0-9]{5} 2025-01-01T00:00:00Z$'
	expect 1 coracle image history missing
}

@test "names, ids and digests as docker takes them" {
	id=$(coracle image inspect -f '{{.Id}}' busybox)
	digest=$(coracle image inspect -f '{{index .RepoDigests 0}}' busybox)
	hex=${id#sha256:}
	for name in busybox:latest docker.io/library/busybox "$id" "$hex" "${hex:0:12}" "${hex:0:4}" "$digest"; do
		expect 0 coracle image inspect -f '{{.Id}}' "$name"
		is "$id"
	done
	expect 1 coracle image inspect "other@${digest#*@}"
	expect 1 coracle image inspect "${hex:0:3}"
	expect 1 coracle image tag busybox Upper/Case
	expect 1 coracle image tag busybox "busybox@${digest#*@}"
	expect 0 coracle image tag "${hex:0:12}" one/name
	expect 0 coracle image tag busybox one/name:2
	# One repository: an id may stand for all its names; several: it may not.
	expect 1 coracle image rm "$hex"
	has_error 'several repositories'
	expect 0 coracle image rm "one/name@${digest#*@}"
	has 'Untagged: one/name:latest'
	has 'Untagged: one/name:2'
	lacks Deleted
	expect 0 coracle image tag busybox busybox:2
	expect 0 coracle image rm "$hex"
	has 'Untagged: busybox:2'
	has "Deleted: $id"
	load_image busybox
}

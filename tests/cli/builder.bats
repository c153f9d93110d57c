#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The build cache: what is done again and what is not, du and prune, other places, what a kill leaves.

load build_helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
	coracle builder prune -af
	coracle image prune -f
}

teardown()
{
	coracle network prune -f >/dev/null # where a build was killed
	coracle image prune -f >/dev/null
	coracle builder prune -af >/dev/null
	plain_teardown
}

build()
{
	coracle image build "$@"
}

# The context that most of them use: two stages, two steps of 100 kB each.
stages()
{
	context "$1" <<-'EOF'
		FROM busybox AS made
		RUN head -c 100000 /dev/urandom >/made
		FROM busybox
		COPY file /file
		COPY --from=made /made /made
		RUN head -c 50000 /dev/urandom >/random
	EOF
	echo content >file
}

# PATTERN: of the step's name. Was it taken from the cache, was it done?
cached()
{
	[[ "$stderr" =~ '#'[0-9]+' '$1[^$'\n']*$'\n''#'[0-9]+' CACHED' ]] || fail "not cached: $1" "$stderr"
}

anew()
{
	[[ "$stderr" =~ '#'[0-9]+' '$1[^$'\n']*$'\n' ]] || fail "there is no step $1" "$stderr"
	[[ ! "$stderr" =~ '#'[0-9]+' '$1[^$'\n']*$'\n''#'[0-9]+' CACHED' ]] || fail "cached: $1" "$stderr"
}

other()
{
	coracle --root "$WORLD_DIR/other" --run "$WORLD_DIR/other-run" "$@"
}

other_begin()
{
	expect 0 other image load -i "$IMAGE_CACHE/busybox/image.tar"
}

other_end()
{
	inside rm -rf "$WORLD_DIR/other" "$WORLD_DIR/other-run"
}

@test "du shows what there is, once, and what images have too" {
	stages du
	expect 0 build -q -t du .
	expect 0 coracle builder du
	matches 'ID +RECLAIMABLE +SIZE +LAST ACCESSED'
	matches '[0-9a-f]{25} +true +100kB +(Less than a|[0-9]+) second'
	matches '[0-9a-f]{25} +true +50kB\* +(Less than a|[0-9]+) second'
	matches 'Shared:	150kB'
	matches 'Private:	100kB'
	matches 'Total:	250kB'
	expect 0 coracle builder du --verbose
	has 'Type:		regular'
	has 'Description:	[stage-1 4/4] RUN head'
	expect 0 coracle builder du --filter description~=made --format '{{.Description}}'
	has '[made 2/2] RUN head'
	lacks '[stage-1 4/4]'
	expect 0 coracle system df
	matches 'Build Cache +[0-9]+ +0 +100kB +100kB \(100%\)'
	expect 0 coracle system df -v
	matches 'Build cache usage: 100kB'
	expect 0 coracle image rm du
	expect 0 coracle builder du
	lacks Shared:
	matches 'Total:	250kB'
	expect 1 coracle builder du --filter colour=red
	has_error "unknown filter 'colour=red'"
}

@test "prune leaves what images have, all does not; then the next build begins anew" {
	stages prune
	expect 0 build -q -t prune .
	expect 0 coracle builder prune -f
	has 'Deleted build cache objects:'
	has 'Total reclaimed space: 100kB'
	expect 0 build --progress plain -t prune .
	cached '\[stage-1 2/4\] COPY file'
	expect 0 coracle builder prune -af --filter type=exec.cachemount
	has 'Total reclaimed space: 0B'
	expect 0 coracle builder prune -af
	expect 0 build --progress plain -t prune .
	anew '\[made 2/2\] RUN'
	expect 0 coracle image rm prune
	expect 0 coracle image prune -f
	expect 0 coracle builder prune -f --reserved-space 1GB
	has 'Total reclaimed space: 0B'
	expect 0 coracle builder prune -f --filter until=1h
	has 'Total reclaimed space: 0B'
	expect 0 coracle builder prune -f --max-used-space 60kB
	expect 0 coracle builder prune -f
	expect 0 coracle builder du
	has 'Total:	0B'
	expect 1 coracle builder prune -f --max-used-space much
	has_error '--max-used-space'
}

@test "system prune takes the build cache" {
	stages system
	expect 0 build -q -o type=cacheonly .
	expect 0 coracle system prune -f
	has 'Deleted build cache objects:'
	expect 0 coracle builder du
	has 'Total:	0B'
}

@test "the cache keeps below its limit by itself" {
	stages limit
	expect 0 build -q -o type=cacheonly .
	sed -i 's/100000/100001/' Dockerfile
	CORACLE_BUILD_CACHE_LIMIT=260kB expect 0 build -q -o type=cacheonly .
	expect 0 coracle builder du
	[ "$(sed -n 's/^Total:	\([0-9]*\)kB/\1/p' <<<"$output")" -le 260 ] || fail "$output"
	CORACLE_BUILD_CACHE_LIMIT=plenty expect 0 build -q --no-cache -o type=cacheonly .
	has_error CORACLE_BUILD_CACHE_LIMIT
}

@test "what was pulled or loaded is never taken for cache" {
	context pulled <<-EOF
		FROM busybox
		RUN echo one >/one
	EOF
	expect 0 build -q -t pulled .
	expect 0 coracle image save -o saved.tar pulled
	expect 0 coracle image rm pulled
	expect 0 coracle builder prune -af
	expect 0 coracle image load -i saved.tar
	expect 0 build --progress plain -t again .
	anew '\[2/2\] RUN echo one'
	expect 0 coracle image rm pulled again
}

@test "a directory as cache: another store does nothing again" {
	other_begin
	stages local
	expect 0 build -q -t local --cache-to "type=local,dest=$PWD/cache,mode=max" .
	[ -f cache/oci-layout ] && [ -f cache/index.json ]
	expect 0 other image build --progress plain -t local --cache-from "type=local,src=$PWD/cache" .
	[ "$(grep -c CACHED <<<"$stderr")" -ge 4 ] || fail "$stderr"
	[ "$(other image inspect -f '{{.Id}}' local)" = "$(coracle image inspect -f '{{.Id}}' local)" ]
	expect 0 other image save -o saved.tar local
	expect 0 other system check
	expect 0 coracle image rm local
	other_end
}

@test "a cache that is not there is a warning, one that is damaged too" {
	stages absent
	expect 0 build --progress plain --cache-from "type=local,src=$PWD/nowhere" .
	has_error "there is no directory '$PWD/nowhere'"
	expect 0 build -q --cache-to "type=local,dest=$PWD/cache,mode=max" .
	for blob in cache/blobs/sha256/*; do
		[ "$(stat -c %s "$blob")" -lt 20000 ] || printf XX | dd of="$blob" bs=1 seek=100 conv=notrunc 2>/dev/null
	done
	expect 0 coracle builder prune -af
	expect 0 build --progress plain -t absent --cache-from "type=local,src=$PWD/cache" .
	expect 0 coracle system check
	expect 0 coracle image rm absent
}

@test "a registry as cache, and the image itself" {
	other_begin
	stages registry
	expect 0 build -q -t "$plain/app:1" --cache-to "type=registry,ref=$plain/cache:1,mode=max" \
		--cache-to type=inline .
	expect 0 coracle image push -q "$plain/app:1"
	expect 0 other image build --progress plain --cache-from "type=registry,ref=$plain/cache:1" .
	[ "$(grep -c CACHED <<<"$stderr")" -ge 4 ] || fail "$stderr"
	other_end
	other_begin
	expect 0 other image build --progress plain --cache-from "$plain/app:1" .
	cached '\[stage-1 2/4\] COPY file'
	expect 0 build --progress plain --cache-from "type=registry,ref=$plain/nothing:1" .
	has_error "build cache $plain/nothing:1 is not used"
	expect 0 coracle image rm "$plain/app:1"
	other_end
}

@test "an image without layers is built, saved, loaded, and says why it cannot run" {
	context none <<-EOF
		FROM scratch
		LABEL a=b
	EOF
	expect 0 build -q -t none .
	expect 0 coracle image save -o none.tar none
	expect 0 coracle image rm none
	expect 0 coracle image load -i none.tar
	expect 0 coracle image inspect -f '{{.Config.Labels.a}} {{.Size}}' none
	is 'b 0'
	project empty <<<'{services: {a: {image: none, command: /bin/true}}}'
	expect 1 coracle up
	has_error /bin/true
	expect 0 coracle down
	expect 0 coracle image ls none
	matches 'none +latest .* 0B'
	expect 0 coracle system check
	expect 0 coracle image rm none
}

@test "layers of builds whose blobs were given back are saved and pushed all the same" {
	stages given
	expect 0 build -q -t "$plain/given:1" .
	expect 0 coracle image prune -f --blobs
	expect 1 coracle image save -o given.tar "$plain/given:1"
	expect 0 coracle image load -i "$IMAGE_CACHE/busybox/image.tar"
	expect 0 coracle image push -q "$plain/given:1"
	expect 0 coracle image save -o given.tar "$plain/given:1"
	expect 0 coracle image rm "$plain/given:1"
}

@test "a killed build leaves a cache that works and a store that is in order" {
	context killed <<-'EOF'
		FROM busybox
		RUN --mount=type=cache,target=/c echo one >>/c/file && echo one >/one
		RUN echo begun; sleep 60
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --progress plain .' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' begun$' log
	inside kill -KILL "$(cat pid)"
	wait $! || true
	eventually 20 inside sh -c '! pidof sleep | grep -q " "'
	sed -i s/60/0/ Dockerfile
	expect 0 build --progress plain .
	cached '\[2/3\] RUN --mount=type=cache'
	expect 0 coracle system check
	expect 0 coracle system check
	lacks removed
}

@test "two builds of the same at once do the work once, and both succeed" {
	context twice <<-'EOF'
		FROM busybox
		RUN --mount=type=cache,target=/c sleep 1; echo done >>/c/count
		RUN --mount=type=cache,target=/c wc -l </c/count >/count
	EOF
	build -q -t twice . >first 2>&1 &
	expect 0 build -q -t twice .
	wait $! || fail "$(cat first)"
	[ "$(cat first)" = "$output" ] || fail "$(cat first)" "$output"
	expect 0 build -q -o type=local,dest=out .
	[ "$(cat out/count)" = 1 ]
	expect 0 coracle image rm twice
}

@test "cache mounts stay, whatever builds do, are private or locked when asked, and go with prune" {
	context mounts <<-'EOF'
		FROM busybox AS seed
		RUN mkdir /seed && echo seed >/seed/file
		FROM busybox
		ARG N
		RUN --mount=type=cache,target=/c,id=shared,from=seed,source=/seed,uid=7,mode=0750 \
			stat -c '%u %a' /c >/stat; cat /c/file >/file; echo "$N" >>/c/file
	EOF
	expect 0 build -q --build-arg N=1 -o type=local,dest=out .
	[ "$(cat out/file)" = seed ]
	[ "$(cat out/stat)" = '7 750' ]
	expect 0 build -q --build-arg N=2 -o type=local,dest=out .
	[ "$(cat out/file)" = $'seed\n1' ]
	expect 0 coracle builder du --filter type=exec.cachemount
	matches '[0-9a-f]{25}\* +true'
	expect 0 coracle builder prune -f --filter type=exec.cachemount
	expect 0 build -q --build-arg N=3 -o type=local,dest=out .
	[ "$(cat out/file)" = seed ]
}

@test "a full disk is said, leaves nothing, and what was done before it is kept" {
	inside sh -c "mkdir -p $WORLD_DIR/small && mount -t tmpfs -o size=14m tmpfs $WORLD_DIR/small"
	small=(coracle --root "$WORLD_DIR/small/root" --run "$WORLD_DIR/small/run")
	expect 0 "${small[@]}" image load -i "$IMAGE_CACHE/busybox/image.tar"
	context full <<-'EOF'
		FROM busybox
		RUN echo small >/small
		RUN head -c 7000000 /dev/urandom >/big
	EOF
	expect 1 "${small[@]}" image build --progress plain -t full .
	has_error "there is no room in '$WORLD_DIR/small/root'"
	[ -z "$(inside ls "$WORLD_DIR/small/root/staging")" ]
	expect 0 "${small[@]}" system check
	sed -i s/7000000/10/ Dockerfile
	expect 0 "${small[@]}" image build --progress plain -t full .
	cached '\[2/3\] RUN echo small'
	eventually 10 inside umount "$WORLD_DIR/small"
}

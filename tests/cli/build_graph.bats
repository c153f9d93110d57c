#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What runs in a build, and what does not: the cache, stages side by side, failures, cancelled and
# killed builds.

load build_helper

build()
{
	coracle image build --progress plain "$@"
}

# A build in the background; its output in FILE.
begin_build()
{
	inside "$CORACLE" image build --progress plain "${@:2}" >"$1" 2>&1 3>&- &
	build_pid=$!
}

said()
{
	grep -q -- "$2" "$1"
}

# Does a step run that does nothing but sleep for so long?
sleeps()
{
	inside pgrep -x -f "sleep $1" >/dev/null
}

# All processes of builds are killed, in any order.
kill_builds()
{
	local pid
	for pid in $(inside pgrep -f 'coracle image build'); do
		inside kill -KILL "$pid" 2>/dev/null || true
	done
}

@test "with nothing changed nothing runs, and the image is the same" {
	context same <<-EOF
		FROM busybox AS base
		RUN cat /proc/sys/kernel/random/uuid >/stamp
		FROM busybox
		WORKDIR /here
		COPY . .
		COPY --from=base /stamp .
		RUN --mount=from=base,source=/stamp,target=/m cat /m >mounted
		LABEL a=1
	EOF
	echo content >file
	expect 0 build -t same .
	id=$(image_of same '{{.Id}}')
	expect 0 build -t same .
	[ "$(grep -c CACHED <<<"$stderr")" -ge 5 ]
	[ "$(image_of same '{{.Id}}')" = "$id" ]
	touch file
	expect 0 build -t same .
	[ "$(image_of same '{{.Id}}')" = "$id" ]
	expect 0 build -t same --no-cache .
	[ "$(image_of same '{{.Id}}')" != "$id" ]
}

@test "what only describes the image runs nothing again" {
	context label <<-EOF
		FROM busybox
		LABEL a=1
		RUN cat /proc/sys/kernel/random/uuid
	EOF
	expect 0 build -t label .
	sed -i 's/a=1/a=2/' Dockerfile
	expect 0 build -t label --label b=3 .
	has_error 'CACHED'
	[ "$(image_of label '{{.Config.Labels.a}}{{.Config.Labels.b}}')" = 23 ]
}

@test "a later step runs on what the cache has of the earlier ones" {
	context later <<-EOF
		FROM busybox
		RUN echo first >/a
		COPY file /b
		RUN cat /a /b
	EOF
	echo one >file
	expect 0 build .
	echo two >file
	expect 0 build .
	error_matches 'RUN echo first >/a.#[0-9]+ CACHED'
	error_matches '#[0-9]+ [0-9.]+ first'
	error_matches '#[0-9]+ [0-9.]+ two'
	echo one >file
	expect 0 build .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 4 ]
}

@test "independent stages run side by side" {
	context parallel <<-EOF
		FROM busybox AS one
		RUN --mount=type=cache,target=/c touch /c/one; for i in \$(seq 200); do [ -e /c/two ] && exit; sleep 0.05; done; exit 1
		FROM busybox AS two
		RUN --mount=type=cache,target=/c touch /c/two; for i in \$(seq 200); do [ -e /c/one ] && exit; sleep 0.05; done; exit 1
		FROM scratch
		COPY --from=one /etc/passwd /one
		COPY --from=two /etc/passwd /two
	EOF
	expect 0 build .
}

@test "a failure ends the others, says which step and why, and keeps what was done" {
	context failing <<-EOF
		FROM busybox AS slow
		RUN echo kept
		RUN --mount=type=cache,target=/c touch /c/begun; exec sleep 98761
		FROM busybox AS wrong
		RUN --mount=type=cache,target=/c until [ -e /c/begun ]; do sleep 0.05; done; echo bad luck; exit 3
		FROM scratch
		COPY --from=slow / /
		COPY --from=wrong / /
	EOF
	expect 1 build .
	has_error 'did not complete successfully: exit code: 3'
	has_error 'bad luck'
	has_error 'Dockerfile:5'
	has_error 'CANCELED'
	run ! sleeps 98761
	printf 'FROM busybox AS slow\nRUN echo kept\n' >Dockerfile
	expect 0 build .
	has_error CACHED
}

@test "stages that the target does not need are not even looked at" {
	context unneeded <<-EOF
		FROM nowhere.invalid/nothing AS never
		RUN exit 1
		FROM busybox AS wanted
		RUN true
		FROM never
		COPY --from=wanted / /
	EOF
	expect 0 build --target wanted .
}

@test "an interrupted build ends its steps and says so" {
	context interrupted <<-EOF
		FROM busybox
		RUN echo begun; exec sleep 98762
	EOF
	begin_build log .
	eventually 20 said log 'begun$'
	inside kill -INT "$(inside pgrep -o -f 'coracle image build')"
	wait "$build_pid" && fail 'it succeeded'
	eventually 10 eval '! sleeps 98762'
}

@test "an interrupted build does not read a large context to its end" {
	context large <<-EOF
		FROM busybox
		COPY large /
	EOF
	truncate -s 200G large
	begin_build log .
	eventually 20 said log 'DONE'
	inside kill -INT "$(inside pgrep -o -f 'coracle image build')"
	local status=0
	SECONDS=0
	wait "$build_pid" || status=$?
	[ "$status" = 130 ] || fail "$status" "$(cat log)"
	[ "$SECONDS" -lt 10 ]
}

@test "whenever a build is killed, nothing is left and the cache is whole" {
	context whenever <<-EOF
		FROM busybox AS one
		RUN echo one >/one; sleep 0.02
		COPY Dockerfile /d
		FROM busybox
		WORKDIR /w
		RUN --mount=type=cache,target=/c echo x >>/c/x; echo two >/two
		COPY --from=one / /one
		ARG N
		RUN echo "\$N" >/n
	EOF
	for try in 0 1 2 3 4 5 6 7 8 9; do
		begin_build log -t whenever --build-arg N=$((try / 2)) --no-cache .
		sleep "0.0$((try * 3 % 10))$try"
		kill_builds
		wait "$build_pid" || true
	done
	expect 0 build -t whenever .
	# Layers that nothing names yet, or not any more, are all that there is to say.
	expect 0 coracle system check
	if grep -v "^Checked\|nothing refers to it" <<<"$output"; then fail "$output"; fi
	expect 0 build -t whenever .
	[ -z "$(inside ls "$CORACLE_ROOT/staging")" ]
}

@test "a killed build leaves nothing behind, and the next one works" {
	context killed <<-EOF
		FROM busybox
		RUN echo one >/one
		RUN --mount=type=cache,target=/c [ -e /c/again ] || { touch /c/again; echo begun; exec sleep 98763; }
	EOF
	begin_build log -t killed .
	eventually 20 said log 'begun$'
	kill_builds
	wait "$build_pid" || true
	eventually 10 eval '! sleeps 98763'
	expect 0 build -t killed .
	has_error 'CACHED'
}

@test "two builds at once do the work once" {
	context twice <<-EOF
		FROM busybox
		RUN --mount=type=cache,target=/c echo x >>/c/runs; sleep 0.5; cat /proc/sys/kernel/random/uuid >/stamp
	EOF
	begin_build log1 -t one .
	first=$build_pid
	begin_build log2 -t two .
	wait "$first"
	wait "$build_pid"
	[ "$(image_of one '{{.RootFS.Layers}}')" = "$(image_of two '{{.RootFS.Layers}}')" ]
	printf 'FROM busybox\nRUN --mount=type=cache,target=/c wc -l </c/runs\n' >Dockerfile
	expect 0 build --no-cache .
	error_matches '#[0-9]+ [0-9.]+ 1'$'\n'
}

@test "one epoch, one image: whatever the cache, the day, and the times of what was made" {
	context epoch <<-EOF
		FROM busybox AS made
		RUN mkdir /made && date >/made/never && echo same >/made/file && rm /made/never
		FROM busybox
		WORKDIR /w
		COPY file sub/
		COPY --from=made /made /made
		RUN echo x >/x; rm /etc/passwd
	EOF
	echo a >file
	touch -d 2020-01-02 file
	export SOURCE_DATE_EPOCH=1500000000
	expect 0 build -q .
	id=$output
	expect 0 build -q --no-cache .
	is "$id"
	expect 0 build -q .
	is "$id"
	expect 0 build -t epoch --build-arg SOURCE_DATE_EPOCH=1400000000 .
	[ "$(grep -c CACHED <<<"$stderr")" -eq 7 ]
	[ "$(image_of epoch '{{.Created}}')" = 2014-05-13T16:53:20.000000000Z ]
	unset SOURCE_DATE_EPOCH
}

@test "a folder can be the base of a stage" {
	mkdir -p "$BATS_TEST_TMPDIR/other/sub"
	echo in >"$BATS_TEST_TMPDIR/other/sub/file"
	context based <<-EOF
		FROM files AS top
		COPY Dockerfile /d
		FROM busybox
		COPY --from=top / /all
		RUN cat /all/sub/file /all/d
	EOF
	expect 0 build --build-context "files=$BATS_TEST_TMPDIR/other" .
	error_matches '#[0-9]+ [0-9.]+ in'
	error_matches '#[0-9]+ [0-9.]+ FROM files AS top'
}

@test "files of a build go into a folder or an archive" {
	context files <<-EOF
		FROM busybox AS made
		RUN echo x >/x && chown 1:2 /x
		FROM scratch
		COPY --from=made /x /sub/x
	EOF
	images=$(coracle image ls -q | sort -u | wc -l)
	expect 0 build -o out .
	[ "$(cat out/sub/x)" = x ]
	expect 0 build -o type=tar,dest=files.tar .
	[ "$(tar -tf files.tar)" = sub/$'\n'sub/x ]
	[ "$(coracle image ls -q | sort -u | wc -l)" = "$images" ]
}

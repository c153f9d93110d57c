#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `image build`: its options, what it prints and what it leaves.

load build_helper

build()
{
	coracle image build "$@"
}

@test "an image is built, named, and told of step by step on standard error" {
	context app <<-EOF
		FROM busybox
		ARG WHO=nobody
		COPY file /file
		RUN echo "hello \$WHO" && cat /file >/copy
	EOF
	echo content >file
	expect 0 build --progress plain -t one -t two:2 --build-arg WHO=me --label color=red .
	is ''
	has_error '[2/3] COPY file /file'
	has_error '[3/3] RUN echo "hello'
	error_matches '#[0-9]+ [0-9.]+ hello me'
	error_matches 'naming to docker.io/library/one:latest done'
	error_matches 'naming to docker.io/library/two:2 done'
	error_matches '#[0-9]+ DONE [0-9.]+s'
	expect 0 coracle image inspect -f '{{.Config.Labels.color}} {{len .RepoTags}}' one
	is 'red 2'
	expect 0 build --progress plain -t one --build-arg WHO=me --label color=red .
	has_error 'CACHED'
	lacks_error 'hello me'$'\n'
	expect 0 build --progress plain -t one --build-arg WHO=me --no-cache .
	error_matches '#[0-9]+ [0-9.]+ hello me'
}

@test "quiet prints the id alone; iidfile and metadata say the same" {
	context quiet <<-EOF
		FROM busybox
		RUN echo loud
	EOF
	expect 0 build -q -t quiet --iidfile id --metadata-file meta.json .
	matches '^sha256:[0-9a-f]{64}$'
	[ -z "$stderr" ] || fail "$stderr"
	[ "$(cat id)" = "$output" ]
	[ "$(jq -r '."containerimage.config.digest"' meta.json)" = "$output" ]
	[ "$(jq -r '."image.name"' meta.json)" = docker.io/library/quiet:latest ]
	jq -e '."containerimage.digest" | test("^sha256:[0-9a-f]{64}$")' meta.json
	[ "$(coracle image inspect -f '{{.Id}}' quiet)" = "$output" ]
	expect 0 build --quiet=false --progress quiet .
	[ -z "$stderr$output" ] || fail "$stderr" "$output"
}

@test "a step that fails is shown with what it wrote, its lines, and why last" {
	context broken <<-EOF
		FROM busybox
		RUN echo fine
		RUN echo almost && \\
		    exit 7
		RUN echo never
	EOF
	expect 1 build --progress plain -t broken .
	is ''
	error_matches '#[0-9]+ ERROR: '
	error_matches ' > \[3/4\] RUN echo almost[^'$'\n'']*:'$'\n''almost'
	has_error '>>> RUN echo almost'
	[[ "$(tail -n 1 <<<"$stderr")" == 'ERROR: failed to build: Dockerfile:3: '*'exit code: 7' ]] ||
		fail "$stderr"
	lacks_error never$'\n''#'
	expect 1 coracle image inspect broken
	expect 1 build -q .
	is ''
	has_error 'ERROR: failed to build: Dockerfile:3: '
}

@test "what is wrong with a Dockerfile is said before any step, with its line" {
	context wrong <<-EOF
		FROM busybox
		RUN touch /nowhere
		COPPY a b
	EOF
	expect 1 build .
	has_error 'ERROR: failed to build: Dockerfile:3: '
	has_error COPY
	lacks_error '] RUN'
	expect 1 build missing
	has_error "missing"
	expect 1 build -f none .
	has_error none
	expect 1 build
	has_error "needs at least 1 argument"
	expect 1 build . .
	has_error "at most 1 argument"
}

@test "a Dockerfile and a context come from standard input" {
	context given <<<'FROM scratch'
	echo text >file
	printf 'FROM busybox\nCOPY file /f\nRUN cat /f\n' >"$BATS_TEST_TMPDIR/piped"
	run -0 bash -c "$(declare -f build coracle inside); build --progress plain -f - . <'$BATS_TEST_TMPDIR/piped' 2>&1"
	matches '#[0-9]+ [0-9.]+ text'
	printf 'FROM busybox\nRUN echo alone\n' >"$BATS_TEST_TMPDIR/piped"
	run -0 bash -c "$(declare -f build coracle inside); build --progress plain - <'$BATS_TEST_TMPDIR/piped' 2>&1"
	matches '#[0-9]+ [0-9.]+ alone'
	printf 'FROM busybox\nCOPY file /f\nRUN cat /f\n' >Dockerfile
	run -0 bash -c "$(declare -f build coracle inside); tar -c . | build --progress plain --no-cache - 2>&1"
	matches '#[0-9]+ [0-9.]+ text'
	expect 1 build -f - -
	has_error 'cannot be both'
}

@test "outputs: a directory, a tar on standard output, archives" {
	context outputs <<-EOF
		FROM busybox AS base
		RUN echo built >/result
		FROM scratch
		COPY --from=base /result /result
	EOF
	expect 0 build -o out .
	[ "$(cat out/result)" = built ]
	run -0 bash -c "$(declare -f build coracle inside); build -q -o - . | tar -xO result"
	is built
	expect 0 build -o type=tar,dest=made.tar .
	[ "$(tar -xOf made.tar result)" = built ]
	expect 0 build -t archived -o type=oci,dest=oci.tar .
	tar -tf oci.tar | grep -q oci-layout
	expect 1 coracle image inspect archived
	expect 0 build -t archived -o type=docker,dest=docker.tar .
	tar -tf docker.tar | grep -q manifest.json
	expect 1 build -o type=local .
	has_error "type=local needs dest=DIRECTORY"
	expect 1 build -o type=odd,dest=x .
	has_error "type must be local, tar, oci, docker, image, registry or cacheonly"
	expect 1 build -o type=tar,dest=x,odd=1 .
	has_error "there is no key 'odd'"
}

@test "stages, named contexts and secrets are given on the command line" {
	context parts <<-EOF
		FROM busybox AS first
		RUN echo one >/n
		FROM busybox AS second
		COPY --from=more thing /thing
		RUN --mount=type=secret,id=token --mount=type=secret,id=word,env=WORD \\
		    echo "\$(cat /run/secrets/token) \$WORD \$(cat /thing)"
	EOF
	mkdir more
	echo extra >more/thing
	echo hidden >token.txt
	export WORD_OF_MINE=spoken
	expect 0 build --progress plain --target first -t first .
	lacks_error extra
	run -0 inside env WORD_OF_MINE=spoken "$CORACLE" image build --progress plain \
		--secret id=token,src=token.txt --secret id=word,env=WORD_OF_MINE --build-context more=more .
	[[ "$output$stderr" == *'hidden spoken extra'* ]] || fail "$output"
	expect 1 build --target third .
	has_error third
	expect 1 build --secret src=token.txt .
	has_error 'needs an id'
	expect 1 build --secret id=x,src=nowhere .
	has_error "cannot read 'nowhere'"
	expect 1 build --build-context more .
	has_error 'must be NAME=CONTEXT'
	expect 1 env -u SSH_AUTH_SOCK "$BASH" -c "$(declare -f build coracle inside); build --ssh default ."
	has_error 'invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set'
}

@test "a private key is used through an agent of its own, which ends with the build" {
	command -v ssh-agent ssh-keygen >/dev/null || skip "no OpenSSH here"
	context keys <<-'EOF'
		FROM busybox
		RUN --mount=type=ssh,id=mine test -S "$SSH_AUTH_SOCK" && echo "agent is here"
	EOF
	ssh-keygen -q -t ed25519 -N '' -f key
	chmod 644 key
	expect 0 build --progress plain --ssh mine=key .
	has_error 'agent is here'
	ssh-keygen -q -t ed25519 -N secret -f locked
	expect 1 build --ssh mine=locked .
	has_error 'no private key that can be used without a passphrase'
	expect 1 build --no-cache --ssh other=key .
	has_error 'exit code: 1'
}

@test "an image that was removed and built again from the cache: commit makes its layers' blobs anew" {
	mkdir c && printf 'FROM busybox\nRUN echo kept >/kept\n' >c/Dockerfile
	coracle image build -q -t shop/again c >/dev/null
	coracle image rm shop/again >/dev/null
	coracle image build -q -t shop/again c >/dev/null
	coracle container create --name c shop/again true >/dev/null
	expect 0 coracle container commit c shop/kept
	expect 0 coracle container run --rm shop/kept cat /kept
	is kept
	coracle container rm c >/dev/null
	coracle image rm shop/kept shop/again >/dev/null
}

@test "events as JSON, one object a line" {
	context json <<-EOF
		FROM busybox
		RUN echo out; echo err >&2
	EOF
	expect 0 build --progress json --no-cache .
	jq -se 'map(select(.build == "output")) | map(.output) | sort == ["err\n", "out\n"]' <<<"$stderr"
	jq -se 'any(.build == "done") and all(.step == null or .name != null)' <<<"$stderr"
	expect 0 inside env BUILDKIT_PROGRESS=json "$CORACLE" image build .
	jq -se 'length > 0' <<<"$stderr"
	printf 'FROM busybox\nRUN false\n' >Dockerfile
	expect 1 build --progress rawjson .
	jq -se 'last.error and any(.build == "failed")' <<<"$stderr"
}

@test "an interrupted build says so, ends with 130 and leaves nothing running" {
	context slow <<-EOF
		FROM busybox
		RUN echo begun && sleep 1000
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --progress plain .' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' begun$' log
	inside kill -INT "$(cat pid)"
	code=0
	wait $! || code=$?
	[ "$code" = 130 ] || fail "$code" "$(cat log)"
	grep -q 'ERROR: failed to build: interrupted' log || fail "$(cat log)"
	grep -q CANCELED log || fail "$(cat log)"
}

@test "a killed build ends by itself" {
	context killed <<-EOF
		FROM busybox
		RUN echo begun && sleep 1000
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" image build --progress plain .' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' begun$' log
	inside kill -KILL "$(cat pid)"
	wait $! || true
	eventually 20 inside sh -c '! pidof sleep | grep -q " "'
}

@test "options that cannot be done are refused with the reason" {
	context refused <<<'FROM busybox'
	while IFS='|' read -r options text; do
		# shellcheck disable=SC2086
		expect 1 build $options .
		has_error "$text"
	done <<-'EOF'
		--builder other|no builder "other" found
		--provenance=true|attestations are not made
		--sbom=true|attestations are not made
		--attest type=sbom|attestations are not made
		--annotation a=b|no annotations
		--call outline|--call outline is not available
		--squash|layers are not merged
		--isolation hyperv|--isolation must be default
		--push|--push needs a name
		--push --load -t x|--push and --load are incompatible
		--allow everything|--allow must be
		--ulimit nofile|must be NAME=SOFT[:HARD]
		--ulimit what=1|there is no limit 'what'
		--cache-from type=gha|there is no cache of type 'gha'
		--cache-to type=local|needs dest=
		--shm-size huge|--shm-size
		--progress loud|--progress must be
	EOF
	expect 0 build -q --provenance=false --sbom=false --attest type=provenance,disabled=true .
}

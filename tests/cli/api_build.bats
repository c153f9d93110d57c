#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker's Engine API: builds as the classic builder has them.

load api_helper

# The first build makes what stays.
file_setup()
{
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
	api_serve main
}

eval "plain_$(declare -f teardown)"

teardown()
{
	coracle network prune -f >/dev/null # where a build was killed
	plain_teardown
}

context()
{
	mkdir -p context
	cat >context/Dockerfile
	echo hello >context/file
	tar -C context -cf context.tar .
}

@test "a build tells of its steps, its id and its names" {
	context <<-'EOF_'
	FROM busybox
	COPY file /file
	ARG WHAT
	RUN cat /file && echo "built for $WHAT"
	CMD ["cat", "/file"]
	EOF_
	answers 200 POST '/build?t=shop/built:1&t=shop/built:2&buildargs=%7B%22WHAT%22%3A%22me%22%2C%22NONE%22%3Anull%7D&labels=%7B%22a%22%3A%22b%22%7D&rm=1&version=1' \
		-H 'Content-Type: application/x-tar' -H 'X-Registry-Config: bnVsbA==' --data-binary @context.tar
	has '{"stream":"Step 1/5 : FROM busybox"}'
	has '{"stream":"hello\n'
	has 'built for me\n'
	matches '\{"aux":\{"ID":"sha256:[0-9a-f]{64}"\}\}'
	matches '\{"stream":"Successfully built [0-9a-f]{12}\\n"\}'
	has '{"stream":"Successfully tagged shop/built:1\n"}'
	has '{"stream":"Successfully tagged shop/built:2\n"}'
	answers 200 GET /images/shop/built:1/json
	json '[.Config.Labels.a, .Config.Cmd]' '["b",["cat","/file"]]'
	for archive in gz bz2 xz; do
		case $archive in
		gz) gzip -k context.tar ;;
		bz2) bzip2 -k context.tar ;;
		xz) xz -k context.tar ;;
		esac
		answers 200 POST '/build?t=shop/built:1&q=1&buildargs=%7B%22WHAT%22%3A%22me%22%7D' -H 'Transfer-Encoding: chunked' \
			--data-binary "@context.tar.$archive"
		matches '^\{"stream":"sha256:[0-9a-f]{64}\\n"\}'
		[ "$(wc -l <<<"$output")" = 1 ] || fail "$output"
	done
	answers 200 POST '/build?buildargs=%7B%22WHAT%22%3A%22me%22%7D' --data-binary @context.tar
	has '{"stream":" ---> Using cache\n"}'
	coracle rmi shop/built:1 shop/built:2 >/dev/null
}

@test "every line that the target needs is a step, as it is written, in the file's order" {
	context <<-'EOF_'
	ARG BASE=busybox
	  from $BASE as made
	  ENV GREETING=hello
	RUN echo $GREETING \
	      there >/made
	FROM busybox AS unneeded
	RUN false
	FROM $BASE
	LABEL a=b
	COPY --from=made /made /
	CMD cat /made
	EOF_
	for round in new cached; do
		answers 200 POST '/build?t=steps' --data-binary @context.tar
		[ "$(jq -r 'select(.stream // "" | startswith("Step ")).stream' <<<"$output")" = "$(cat <<-'EOF_'
			Step 1/8 : ARG BASE=busybox
			Step 2/8 : FROM $BASE as made
			Step 3/8 : ENV GREETING=hello
			Step 4/8 : RUN echo $GREETING       there >/made
			Step 5/8 : FROM $BASE
			Step 6/8 : LABEL a=b
			Step 7/8 : COPY --from=made /made /
			Step 8/8 : CMD cat /made
			EOF_
		)" ] || fail "$round: $output"
	done
	[ "$(grep -c 'Using cache' <<<"$output")" = 2 ] || fail "$output"
}

@test "builds that fail say so as a status, or as the last line" {
	context <<-'EOF_'
	FROM busybox
	RUN echo before && exit 3
	EOF_
	answers 200 POST /build --data-binary @context.tar
	last=$(tail -n 1 <<<"$output")
	[ "$(jq -r '.error == .errorDetail.message' <<<"$last")" = true ] || fail "$output"
	jq -r .error <<<"$last" | grep -qF "The command '/bin/sh -c echo before && exit 3' returned a non-zero code: 3"
	[ "$(jq .errorDetail.code <<<"$last")" = 3 ] # with which docker build ends
	# What only reads like it is not that.
	name='process "a" did not complete successfully: exit code: 9'
	printf 'FROM busybox\nCOPY nothing /\n' >"context/$name"
	tar -C context -cf context.tar .
	answers 404 POST "/build?dockerfile=$(jq -rn --arg name "$name" '$name | @uri')" --data-binary @context.tar
	rm "context/$name"
	answers 500 POST '/build?dockerfile=Nope' --data-binary @context.tar
	message 'Cannot locate specified Dockerfile: Nope'
	answers 500 POST '/build?dockerfile=/etc/passwd' --data-binary @context.tar
	answers 400 POST '/build?dockerfile=../../../../../../../etc/passwd' --data-binary @context.tar
	context <<<'NOPE x'
	answers 400 POST /build --data-binary @context.tar
	answers 400 POST '/build?remote=/etc' --data-binary @context.tar
	answers 400 POST '/build?buildargs=x' --data-binary @context.tar
	answers 400 POST '/build?ulimits=%5B%7B%22Name%22%3A%22nope%22%7D%5D' --data-binary @context.tar
	answers 501 POST '/build?version=2&remote=client-session&session=x'
	has DOCKER_BUILDKIT=0
	answers 400 POST '/build?squash=1' --data-binary @context.tar
}

@test "what clients send to be left out: the Dockerfile and the ignore file; errors are red; a network by its id" {
	context <<-'EOF_'
	FROM busybox
	COPY . /all
	RUN ls -A /all | tr '\n' ' ' && echo careful >&2
	EOF_
	printf 'fil*\nD*\n.docker*\n' >context/.dockerignore
	tar -C context -cf context.tar .
	id=$(coracle network create built)
	answers 200 POST "/build?nocache=1&q=0&networkmode=$id&t=shop/ignoring" --data-binary @context.tar
	has '{"stream":"file "}'
	has '{"stream":"\u001b[91mcareful\n\u001b[0m"}'
	printf 'fil*\n!.docker*' >context/.dockerignore
	tar -C context -cf context.tar .
	answers 200 POST "/build?nocache=1&networkmode=host" --data-binary @context.tar
	has '{"stream":".dockerignore Dockerfile file "}'
	answers 404 POST '/build?networkmode=nope' --data-binary @context.tar
	message 'network nope not found'
	coracle network rm built >/dev/null
	coracle rmi -f shop/ignoring >/dev/null
}

@test "a build ends with its client" {
	context <<-'EOF_'
	FROM busybox
	RUN echo begun; sleep 1000
	EOF_
	inside sh -c 'echo $$ >pid; exec curl -sN --unix-socket "$1" -X POST --data-binary @context.tar http://docker/build' \
		sh "$WORLD_DIR/main.sock" >out 2>&1 3>&- 4>&- &
	pid=$!
	eventually 60 grep -q begun out
	inside kill "$(cat pid)"
	wait "$pid" || true
	eventually 30 inside sh -c '! pgrep -f "[s]leep 1000"'
}

@test "Docker's own client: build without BuildKit" {
	needs_docker_client
	context <<-'EOF_'
	FROM busybox AS first
	COPY file /file
	RUN cat /file
	FROM busybox
	COPY --from=first /file /copied
	EOF_
	export DOCKER_BUILDKIT=0
	run docker_of build -t shop/client:1 --label x=y --build-arg NOTHING context
	has 'Successfully tagged shop/client:1'
	run docker_of build -q -t shop/client:1 context
	matches 'sha256:[0-9a-f]{64}'
	docker_of image inspect -f '{{.Config.Labels}}' shop/client:1
	docker_of build -t shop/client:1 -f Dockerfile - <context.tar | grep -q 'Successfully built'
	coracle rmi -f shop/client:1 >/dev/null
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Text of containers, images, files and arguments that would drive the terminal of who looks at it.

load helper

file_setup()
{
	mkdir -p "$WORLD/text"
	python3 "$tests_dir/payload/sequences.py" text >"$WORLD/text/all"
	# What a first RUN makes below the run directory stays.
	printf 'FROM busybox\nRUN true\n' | coracle image build -q - >/dev/null
}

# shown WORD... : what the command sends to a terminal has none of it, and yet the text is there.
shown()
{
	local sent=$BATS_TEST_TMPDIR/sent
	on_terminal -- "$CORACLE" "$@" >"$sent" 2>&1 || true
	python3 "$tests_dir/payload/sequences.py" check <"$sent" || fail "$*"
	[ -n "${may_be_short:-}" ] || grep -q 31337 "$sent" || fail "$*: shows nothing of it" "$(head -c 1000 "$sent")"
}

the_text()
{
	python3 "$tests_dir/payload/sequences.py" python "${1:-1}"
}

@test "there are two hundred sequences, and the check sees each of them" {
	[ "$(python3 "$tests_dir/payload/sequences.py" count)" -ge 200 ]
	while IFS= read -r line; do
		! printf '%s\n' "$line" | python3 "$tests_dir/payload/sequences.py" check >/dev/null || fail "$(printf %q "$line")"
	done < <(sed -n '1~17p' "$WORLD/text/all")
}

@test "what a container writes: logs, up, its health, its processes, its end" {
	project writes <<-YAML
	services:
	  a:
	    image: busybox
	    command: [sh, -c, 'cat /text/all; cat /text/all >&2; exec sleep 3600', "$(the_text)"]
	    stop_signal: SIGKILL
	    volumes: ["$WORLD/text:/text:ro"]
	    healthcheck: {test: "cat /text/all; exit 1", interval: 1s, retries: 1}
	YAML
	expect 0 coracle up -d
	eventually 10 health_is writes-a-1 unhealthy
	shown logs
	shown logs -t --no-log-prefix a
	shown container logs writes-a-1
	shown inspect writes-a-1
	may_be_short=1 shown ps -a --no-trunc
	may_be_short=1 shown container ls --no-trunc
	may_be_short=1 shown top
	may_be_short=1 shown stats --no-stream
	may_be_short=1 shown events --since 1h --until 0s
	expect 0 coracle down -t 0
	sed -i 's/exec sleep 3600/exit 1/' compose.yaml
	shown up
}

@test "what a file says: labels, names, mistakes" {
	project says <<-YAML
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, labels: {note: "$(the_text)"}}
	volumes: {v: {labels: {note: "$(the_text)"}}}
	networks: {default: {labels: {note: "$(the_text)"}}}
	YAML
	expect 0 coracle up -d
	shown config
	shown ps --format '{{.Labels}}'
	shown container ls --format '{{.Labels}}'
	shown network inspect says_default
	shown network ls --format '{{.Labels}}'
	expect 0 coracle down -t 0
	printf 'services:\n  a: {image: busybox, "%s": 1}\n' "$(the_text 8)" >compose.yaml
	shown config
	printf 'services:\n  a: {image: "%s"}\n' "$(the_text)" >compose.yaml
	shown up
	printf 'services:\n  a: {image: busybox, mem_limit: "%s"}\n' "$(the_text)" >compose.yaml
	shown up
	printf 'services:\n  a: {image: busybox, environment: {A: "${B:?%s}"}}\n' "$(the_text)" >compose.yaml
	shown config
	echo 'services: {a: {image: busybox}}' >compose.yaml
}

@test "what an argument says, and comes back in a message" {
	local text
	text=$(cat "$WORLD/text/all")
	project arguments <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	shown exec -T a "$text"
	shown logs "$text"
	shown inspect "$text"
	shown volume inspect "$text"
	shown image inspect "$text"
	shown "$text"
	shown up "--$text"
	shown cp "a:$text" there
	shown container ls --filter "$text"
	may_be_short=1 shown container ls --format "{{$text"
}

@test "what an image and a build say: history, output, an error, variables" {
	cp "$WORLD/text/all" all
	cat >Dockerfile <<-DOCKERFILE
	FROM busybox
	LABEL note="$(the_text)"
	COPY all /all
	RUN cat /all /all >&2; true $(tr -d '\n\000-\037' <all | tr -d "\"'\\\`\$&|;<>()#" | head -c 3000)
	DOCKERFILE
	shown image build --no-cache -t told .
	shown image build --no-cache --progress plain -t told .
	shown image history --no-trunc told
	shown image inspect told
	printf 'FROM busybox\nCOPY all /all\nRUN cat /all; exit 3\n' >Dockerfile
	shown image build --no-cache .
	printf 'FROM busybox\n%s\n' "$(head -c 2000 all | tr '\n' ' ')" >Dockerfile
	shown image build .
	expect 0 coracle image rm told
}

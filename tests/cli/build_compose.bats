#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# `build:` of services: the command, what up, create and run build, and the attributes.

load build_helper

# dockerfile PATH <<EOF
dockerfile()
{
	mkdir -p "$(dirname "$1")"
	cat >"$1"
}

label()
{
	coracle image inspect -f "{{index .Config.Labels \"$2\"}}" "$1"
}

@test "build makes the images of all services, or of those that are named" {
	project shop <<-EOF
		services:
		  web: {build: ./web, command: sleep 1000}
		  api: {build: {context: ./api}, image: "my/api:1"}
		  db: {image: busybox}
	EOF
	dockerfile web/Dockerfile <<<$'FROM busybox\nRUN echo "making web"'
	dockerfile api/Dockerfile <<<$'FROM busybox\nRUN echo "making api"'
	expect 0 coracle --progress plain build
	has 'making web'
	has '[api 2/2] RUN echo "making api"'
	has 'naming to docker.io/library/shop-web:latest done'
	has_error ' Image shop-web Building'
	has_error ' Image shop-web Built'
	has_error ' Image my/api:1 Built'
	[ "$(label shop-web com.docker.compose.project)" = shop ]
	[ "$(label shop-web com.docker.compose.service)" = web ]
	[ -n "$(label shop-web com.docker.compose.version)" ]
	expect 0 coracle build --progress plain api
	lacks web
	has '#1 [internal]'
	expect 0 coracle build -q
	[ -z "$output$stderr" ] || fail "$output" "$stderr"
	expect 0 coracle build db
	has_error 'No services to build'
	expect 1 coracle build nobody
	has_error 'no such service: nobody'
	expect 0 coracle config --images
	has shop-web
}

@test "a build that fails says which service, and up goes no further" {
	project failing <<-EOF
		services:
		  bad: {build: {dockerfile_inline: "FROM busybox\nRUN echo oh; exit 3"}}
	EOF
	expect 1 coracle --progress plain build
	has 'oh'
	has ' > [2/2] RUN echo oh; exit 3:'
	has_error 'service "bad": failed to build: '
	has_error 'exit code: 3'
	expect 1 coracle up -d
	has_error 'service "bad": failed to build: '
	expect 0 coracle ps -aq
	is ''
}

@test "up builds what is missing, --build all, and what changed is recreated" {
	project fresh <<-EOF
		services:
		  web: {build: ., command: sleep 1000, init: true}
	EOF
	dockerfile Dockerfile <<<$'FROM busybox\nCOPY file /file'
	echo one >file
	expect 0 coracle --progress plain up -d
	has 'COPY file /file'
	has_error ' Image fresh-web Built'
	expect 0 coracle exec -T web cat /file
	is one
	first=$(coracle ps -q web)
	expect 0 coracle --progress plain up -d
	lacks 'COPY file'
	lacks_error Building
	expect 0 coracle --progress plain up -d --build
	has 'CACHED'
	[ "$(coracle ps -q web)" = "$first" ]
	echo two >file
	expect 0 coracle up -d --no-build
	[ "$(coracle ps -q web)" = "$first" ]
	expect 0 coracle up -d --build --quiet-build
	lacks 'COPY file'
	has_error ' Image fresh-web Built'
	[ "$(coracle ps -q web)" != "$first" ]
	expect 0 coracle exec -T web cat /file
	is two
	expect 1 coracle up --build --no-build
	has_error '--build and --no-build are incompatible'
	expect 0 coracle down --rmi local
	has_error 'Image fresh-web Removed'
	expect 1 coracle up -d --no-build
	has_error "image 'fresh-web' is not here: build it with 'coracle build web'"
	expect 0 coracle create --build
	expect 0 coracle images
	has fresh-web
}

@test "pull_policy: build builds every time; run builds the service and what it needs once" {
	project once <<-EOF
		services:
		  dep: {build: {dockerfile_inline: "FROM busybox\nRUN echo dep"}, pull_policy: build, command: sleep 1000, init: true}
		  app: {build: {dockerfile_inline: "FROM busybox\nRUN echo app"}, depends_on: [dep], command: echo running}
	EOF
	expect 0 coracle --progress plain run --build --rm -T app
	has running
	[ "$(grep -c 'naming to .*once-dep.* done' <<<"$output")" = 1 ] || fail "$output"
	[ "$(grep -c 'naming to .*once-app.* done' <<<"$output")" = 1 ] || fail "$output"
	expect 0 coracle --progress plain run --rm -T app
	has 'naming to docker.io/library/once-dep:latest done'
	lacks once-app
	expect 0 coracle --progress plain run --quiet-build --build --rm -T app
	is running
	expect 0 coracle run -q --build --rm -T app
	is running
}

@test "with image and build a missing image is asked for, then built" {
	project both <<-EOF
		services:
		  a: {build: {dockerfile_inline: "FROM busybox\nCMD echo made"}, image: "127.0.0.1:9/made:1"}
		  b: {image: "127.0.0.1:9/made:1", command: echo also}
	EOF
	expect 0 coracle --progress plain up
	has_error 'Image 127.0.0.1:9/made:1 Warning'
	has_error 'Image 127.0.0.1:9/made:1 Built'
	has 'made'
	has 'also'
	expect 1 coracle pull
	has_error $'Some service image(s) must be built from source by running:\n    coracle build a'
}

@test "arguments, target, labels, tags, secrets, hosts and more of build" {
	project parts <<-EOF
		name: parts
		services:
		  web:
		    build:
		      context: .
		      dockerfile: sub/Other.Dockerfile
		      target: final
		      args: {GIVEN: from-file, OVER: file, FROM_ENV: }
		      labels: {org.example.a: b}
		      tags: ["tagged:1", "example.org/tagged:2"]
		      secrets: [plain, {source: word, target: renamed}]
		      extra_hosts: ["somewhere:10.1.2.3"]
		      shm_size: 32m
		      ulimits: {nofile: {soft: 1000, hard: 2000}}
		      network: none
		secrets:
		  plain: {file: ./secret.txt}
		  word: {environment: WORD}
	EOF
	echo 'FROM_ENV=environment' >.env
	echo 'WORD=spoken' >>.env
	echo hidden >secret.txt
	dockerfile sub/Other.Dockerfile <<-'EOF'
		FROM busybox AS final
		ARG GIVEN
		ARG OVER
		ARG FROM_ENV
		ARG MORE
		RUN --mount=type=secret,id=plain --mount=type=secret,id=renamed \
		    echo "args: $GIVEN $OVER $FROM_ENV $MORE" && echo "secrets: $(cat /run/secrets/plain) $(cat /run/secrets/renamed)" && \
		    cat /etc/hosts && df -m /dev/shm | tail -n 1 && ulimit -n && ulimit -Hn && ls /sys/class/net
		FROM busybox
		RUN echo never
	EOF
	expect 0 inside env MORE=more "$CORACLE" --progress plain build --build-arg OVER=line --build-arg MORE
	has 'args: from-file line environment more'
	has 'secrets: hidden spoken'
	matches '10\.1\.2\.3[[:space:]]+somewhere'
	matches '#[0-9]+ [0-9.]+ (tmpfs|shm) +32 '
	matches '#[0-9]+ [0-9.]+ 1000'
	matches '#[0-9]+ [0-9.]+ 2000'
	lacks never
	lacks eth0
	[ "$(label tagged:1 org.example.a)" = b ]
	[ "$(label example.org/tagged:2 com.docker.compose.service)" = web ]
	expect 0 coracle build --print
	[ "$(jq -r '.target.web.args.OVER' <<<"$output")" = file ]
	[ "$(jq -rc '.target.web.tags' <<<"$output")" = '["tagged:1","example.org/tagged:2","parts-web"]' ]
	[ "$(jq -rc '.group.default.targets' <<<"$output")" = '["web"]' ]
	rm secret.txt
	expect 1 coracle build
	has_error "cannot read '"
}

@test "services as contexts of others are built first, however deep, even without their profile" {
	project chain <<-EOF
		services:
		  main:
		    build: {pull: true, dockerfile_inline: "FROM one\nCOPY --from=two /two /two\nRUN cat /one /two /three", additional_contexts: {one: "service:one", two: "service:two"}}
		  one:
		    build: {dockerfile_inline: "FROM busybox\nRUN echo first >/one\nCOPY --from=three /three /three", additional_contexts: ["three=service:three"]}
		  two:
		    profiles: [other]
		    build: {dockerfile_inline: "FROM busybox\nRUN echo second >/two"}
		  three:
		    build: {dockerfile_inline: "FROM busybox\nRUN echo third >/three"}
	EOF
	expect 0 coracle --progress plain build main
	matches '#[0-9]+ [0-9.]+ first'
	matches '#[0-9]+ [0-9.]+ second'
	matches '#[0-9]+ [0-9.]+ third'
	has_error ' Image chain-three Built'
	has_error ' Image chain-main Built'
}

@test "a service whose Dockerfile begins with the image of one that it depends on is built after it" {
	project based <<-EOF
		services:
		  top: {build: {dockerfile_inline: "FROM mine/base\nRUN cat /made"}, depends_on: [base]}
		  base: {build: {dockerfile_inline: "FROM busybox\nRUN sleep 0.3 && echo by-base >/made"}, image: mine/base}
	EOF
	expect 0 coracle --progress plain build
	matches '#[0-9]+ [0-9.]+ by-base'
}

@test "services with the same image and build are built once" {
	project same <<-EOF
		x-build: &build {dockerfile_inline: "FROM busybox\nRUN echo once"}
		services:
		  a: {build: *build, image: same}
		  b: {build: *build, image: same}
	EOF
	expect 0 coracle --progress plain build --no-cache
	[ "$(grep -c 'Image same Built' <<<"$stderr")" = 1 ] || fail "$stderr"
	[ "$(grep -cE '#[0-9]+ [0-9.]+ once' <<<"$output")" = 1 ] || fail "$output"
}

@test "with-dependencies builds what services depend on too" {
	project deps <<-EOF
		services:
		  base: {build: {dockerfile_inline: "FROM busybox\nRUN echo base"}}
		  top: {build: {dockerfile_inline: "FROM busybox\nRUN echo top"}, depends_on: [base]}
	EOF
	expect 0 coracle --progress plain build top
	lacks_error deps-base
	expect 0 coracle --progress plain build --with-dependencies top
	has_error ' Image deps-base Built'
	expect 0 coracle --dry-run build
	has_error 'DRY-RUN MODE -  Image deps-top Built'
}

@test "contexts, secrets, an agent, and what is not to come from the cache" {
	project rest <<-'EOF'
		services:
		  web:
		    build:
		      context: .
		      dockerfile_inline: |
		        FROM busybox AS early
		        RUN echo "early runs" >/early
		        FROM early
		        COPY --from=extra file /file
		        RUN --mount=type=secret,id=s,uid=103,gid=104,mode=0440 --mount=type=secret,id=named ls -ln /run/secrets
		        RUN --mount=type=ssh test -S "$$SSH_AUTH_SOCK" && echo "has an agent"
		      additional_contexts: {extra: ./extra}
		      isolation: default
		      ssh: ["default=./agent.sock"]
		      secrets: [s, {source: s, target: named, mode: 0440}]
		      no_cache_filter: []
		      no_cache: false
		      pull: false
		secrets: {s: {file: ./secret.txt}}
	EOF
	mkdir extra
	echo here >extra/file
	echo hidden >secret.txt
	python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("agent.sock"); s.listen(); time.sleep(60)' 3>&- &
	agent=$!
	eventually 5 test -S agent.sock
	expect 0 coracle --progress plain build
	matches '-r--r-----    1 103      104 .* s'
	matches '-r--------    1 0        0 .* named'
	has_error 'the RUN that mounts it says so'
	has 'has an agent'
	expect 0 coracle run --rm -T web cat /file
	is here
	# Everything is known; one stage is not to be; nothing is.
	expect 0 coracle --progress plain build
	[ "$(grep -c CACHED <<<"$output")" = 5 ] || fail "$output"
	sed -i 's/no_cache_filter: .*/no_cache_filter: [early]/' compose.yaml
	expect 0 coracle --progress plain build
	[ "$(grep -c CACHED <<<"$output")" -lt 5 ] || fail "$output"
	sed -i 's/no_cache: .*/no_cache: true/' compose.yaml
	expect 0 coracle --progress plain build
	[ "$(grep -c CACHED <<<"$output")" -lt 2 ] || fail "$output"
	# Asked for again: nobody has it.
	sed -i 's/pull: .*/pull: true/' compose.yaml
	expect 1 coracle build
	has_error busybox
	kill "$agent"
	expect 0 coracle down --rmi local
}

@test "a cache in a folder, and rights of steps" {
	project rights <<-'EOF'
		services:
		  cached:
		    build:
		      dockerfile_inline: "FROM busybox\nRUN echo made >/made\n"
		      cache_to: ["type=local,dest=./cache"]
		      cache_from: ["type=local,src=./cache"]
		  may:
		    build:
		      dockerfile_inline: "FROM busybox\nRUN --security=insecure grep CapEff /proc/self/status\n"
		      entitlements: [security.insecure]
		  all:
		    build: {dockerfile_inline: "FROM busybox\nRUN grep -i CapEff /proc/self/status\n", privileged: true}
		  none:
		    build: {dockerfile_inline: "FROM busybox\nRUN grep CapEff /proc/self/status\n"}
	EOF
	mkdir cache
	expect 0 coracle --progress plain build cached
	[ -e cache/index.json ] || fail "$(ls cache)"
	expect 0 coracle builder prune -af
	expect 0 coracle --progress plain build cached
	has CACHED
	all=$(inside grep CapEff /proc/self/status | cut -f 2)
	for service in may all; do
		expect 0 coracle --progress plain build "$service"
		has "$all"
	done
	expect 0 coracle --progress plain build none
	lacks "$all"
	sed -i '/entitlements/d' compose.yaml
	expect 1 coracle build may
	has_error security.insecure
}

@test "images for several platforms have one name side by side" {
	project several <<-EOF
		services:
		  a:
		    image: "several:1"
		    command: none
		    build: {context: ., dockerfile_inline: "FROM scratch\nCOPY file /\n", platforms: [linux/amd64, linux/arm64]}
	EOF
	echo text >file
	expect 0 coracle build -q
	expect 0 coracle image ls --no-trunc -q several:1
	[ "$(for id in $output; do coracle image inspect -f '{{.Architecture}}' "$id"; done | sort | xargs)" = 'amd64 arm64' ]
	expect 0 coracle build -q
	expect 0 coracle image ls --format '{{.Repository}}:{{.Tag}}' --filter reference=several
	is $'several:1\nseveral:1'
	# One of them alone: where it is to run.
	echo other >file
	DOCKER_DEFAULT_PLATFORM=linux/amd64 expect 0 coracle --progress plain create --build
	lacks arm64
	expect 0 coracle down
	expect 0 coracle image rm -f several:1
}

@test "what cannot be done is refused before anything is built" {
	project refused <<-EOF
		services:
		  a: {build: {dockerfile_inline: "FROM busybox", platforms: [linux/amd64, linux/arm64]}}
		  s: {build: {dockerfile_inline: "FROM busybox\nRUN --mount=type=ssh,id=key,required=true true"}}
	EOF
	expect 1 inside env DOCKER_DEFAULT_PLATFORM=windows/amd64 "$CORACLE" build
	has_error 'service "a" build.platforms does not support value set by DOCKER_DEFAULT_PLATFORM: windows/amd64'
	expect 1 inside env -u SSH_AUTH_SOCK "$CORACLE" build --ssh '' s
	has_error 'invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set'
	expect 1 coracle build s
	has_error 'unset ssh forward key key'
	expect 1 coracle build --ssh other
	has_error 'invalid ssh key "other"'
	expect 1 coracle build --builder b
	has_error 'no builder "b" found'
	expect 1 coracle build --provenance=true
	has_error 'attestations are not made'
	expect 1 coracle build --memory much
	has_error '--memory'
}

@test "an interrupted build of services says so and ends with 130" {
	project slow <<-EOF
		services:
		  a: {build: {dockerfile_inline: "FROM busybox\nRUN echo a begun && sleep 1000"}}
		  b: {build: {dockerfile_inline: "FROM busybox\nRUN echo b begun && sleep 1000"}}
	EOF
	inside sh -c 'echo $$ >pid; exec "$0" --progress plain build' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' a begun$' log
	eventually 20 grep -q ' b begun$' log
	inside kill -INT "$(cat pid)"
	code=0
	wait $! || code=$?
	[ "$code" = 130 ] || fail "$code" "$(cat log)"
	grep -q 'interrupted' log || fail "$(cat log)"
	inside sh -c 'echo $$ >pid; exec "$0" --progress plain up -d' "$CORACLE" >log 2>&1 &
	eventually 20 grep -q ' b begun$' log
	inside kill -TERM "$(cat pid)"
	code=0
	wait $! || code=$?
	[ "$code" = 130 ] || fail "$code" "$(cat log)"
	expect 130 on_terminal 'expect:begun' 'send:^C' -- "$CORACLE" up
}

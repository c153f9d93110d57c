#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Applications of many languages, each built from a Dockerfile as people write them, with packages from
# Debian and from the language's registry, and run.

load long

file_setup()
{
	make_images base nginx node python php-fpm nginx-alpine node-alpine
}

# application NAME: a copy of it, built; the second build has everything from the cache.
application()
{
	cp -a "$tests_dir/long/applications/$1" "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR/$1" || return
	[ -e compose.yaml ] || cat >compose.yaml <<-YAML
	services:
	  app:
	    build: {context: ., additional_contexts: {host: "$IMAGE_CACHE/host"}}
	YAML
	expect 0 coracle build --progress plain
	expect 0 coracle build --progress plain
	lacks_error ' DONE [0-9]*[1-9]'
}

lacks_error()
{
	! grep -Eq "$1" <<<"$output$stderr" || fail "'$1' is in:" "$output" "$stderr"
}

@test "go: two stages, a cache of compiled packages, nothing but the executable in the result" {
	application go
	expect 0 coracle run --rm -T app a b
	is 'go 3 1000'
	expect 0 coracle image inspect -f '{{len .RootFS.Layers}} {{.Config.User}}' go-app
	is '1 1000:1000'
}

@test "rust: a static executable, its objects in a cache mount" {
	application rust
	expect 0 coracle run --rm -T app
	is 'rust 1'
}

@test "maven: dependencies by the build's network, kept in a cache mount" {
	application maven
	expect 0 coracle run --rm -T app
	is 'maven haha'
}

@test "php: an application and its web server out of one Dockerfile" {
	application php
	expect 0 coracle up -d --wait --wait-timeout 60
	expect 0 coracle exec -T web curl -fsS http://127.0.0.1/
	is 'php with pdo_mysql'
}

@test "python: pip and uv with caches, requirements bound for one step" {
	application uv
	expect 0 coracle run --rm -T app
	is 'python uv'
}

@test "node: npm ci as a user of its own, the result served by nginx" {
	application node
	expect 0 coracle up -d --wait --wait-timeout 60
	expect 0 coracle exec -T app curl -fsS http://127.0.0.1/
	is 'node 172800000'
}

@test "alpine: addgroup and adduser as BusyBox has them" {
	mkdir users && cd users
	cat >Dockerfile <<-'EOT'
	FROM coracle/node:alpine
	RUN addgroup -g 1001 -S nodejs
	RUN adduser -S nodejs -u 1001
	RUN addgroup -S app && adduser -S -D -H -h /srv -s /bin/ash -G app -g 'The app' app
	RUN adduser -D -u 4000 joe && addgroup joe app
	EOT
	expect 0 coracle image build -q -t users .
	cat >compose.yaml <<<'services: {a: {image: users, network_mode: none}}'
	expect 0 coracle run --rm -T a sh -c 'id nodejs; id -un 4000; id -Gn joe; tail -n 2 /etc/passwd; ls -d /home/nodejs'
	is "$(printf '%s\n' 'uid=1001(nodejs) gid=65534(nogroup) groups=65534(nogroup)' joe 'joe app' \
		"$(coracle run --rm -T a grep ^app: /etc/passwd)" 'joe:x:4000:4000:Linux User,,,:/home/joe:/bin/sh' /home/nodejs)"
	matches 'app:x:[0-9]+:[0-9]+:The app:/srv:/bin/ash'
	expect 1 coracle run --rm -T a adduser -S nodejs
	has_error "user 'nodejs' in use"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# export compose: the project as one compose file that has nothing left to resolve, its images by digest.

load helper
load pull_helper

file_setup()
{
	quick_transport
	real_registry plain
	coracle tag busybox "$plain/app/busybox:2"
	coracle image push -q "$plain/app/busybox:2"
}

app()
{
	project app <<-YAML
	services:
	  web:
	    extends: {file: base.yaml, service: base}
	    image: $plain/app/busybox:\${TAG}
	    profiles: [site]
	    env_file: [app.env]
	    volumes: ["./page:/etc/page:ro", "./site:/site:ro", "/etc/hostname:/host:ro"]
	    configs: [{source: conf, target: /etc/conf}, {source: price, target: /etc/price}]
	    secrets: [word]
	    develop: {watch: [{path: ., action: sync, target: /src}]}
	  made:
	    build: {dockerfile_inline: "FROM busybox"}
	    command: sleep 100
	configs:
	  conf: {file: ./conf}
	  price: {environment: PRICE}
	secrets:
	  word: {file: ./word}
	YAML
	echo 'services: {base: {command: ["sh", "-c", "sleep 100"], labels: {a: b}}}' >base.yaml
	mkdir -p site/deep
	echo page >page
	echo conf >conf
	echo 'a word' >word
	echo 'NAME=a value' >app.env
	printf 'TAG=2\nPRICE=$$5\nCOMPOSE_PROFILES=site\n' >.env
	echo deep >site/deep/file
	chmod 750 site/deep/file
}

down_all()
{
	coracle -p app down -v -t 0 --rmi local
}

@test "export compose --stdout: resolved, by digest, with nothing left to resolve, and told of with its place" {
	app
	expect 0 coracle export compose --stdout
	matches "image: $plain/app/busybox:2@sha256:[0-9a-f]{64}"
	has 'image: app-made'
	has 'NAME: a value'
	has "source: $PWD/page"
	has "file: $PWD/word"
	has 'content: $$5'
	for word in profiles: env_file extends build: develop: 'a word'; do
		lacks "$word"
	done
	has_error "compose.yaml:12:5: services.made.build: 'app-made' stays a name without a digest"
	# it is what it says, wherever it stands and whatever the environment
	echo "$output" >"$BATS_TEST_TMPDIR/one.yaml"
	echo "$output" >expected
	rm .env
	expect 0 coracle -f "$BATS_TEST_TMPDIR/one.yaml" config
	diff expected <(echo "$output")
	expect 1 coracle export compose --stdout -o x
	has_error '--stdout and --output exclude each other'
	expect 1 coracle export compose --stdout --secrets
	has_error 'has no place for secrets'
	expect 1 coracle export compose -o x.yml --secrets
	[ ! -e x.yml ]
}

@test "export compose -o FILE: the same configuration, so that up finds nothing to do" {
	app
	sed -i '/develop:/d' compose.yaml
	coracle build
	coracle up -d
	expect 0 coracle config --hash made
	made=$output
	expect 0 coracle export compose -o one.yaml
	has_error "services.made.build: 'app-made' stays a name without a digest: it was built or loaded here"
	sed -i 's/@sha256:[0-9a-f]*//' one.yaml
	expect 0 coracle config --hash web
	web=$output
	expect 0 coracle -f one.yaml config --hash web
	is "$web"
	sed -i '/image: app-made/d; s/^  made:/  made:\n    build: {dockerfile_inline: "FROM busybox"}/' one.yaml
	expect 0 coracle -f one.yaml config --hash made
	is "$made"
	down_all
}

@test "export compose -o DIR: all files come along, secrets only when asked for, and it runs elsewhere" {
	export NO_DOWN=yes
	app
	coracle build
	expect 0 coracle export compose
	[ -z "$output" ]
	has_error "compose.yaml:7:57: services.web.volumes[2]: '/etc/hostname' is a path of the machine"
	has_error 'compose.yaml:18:3: secrets.word: it is not written but with --secrets'
	[ "$(cd compose && find . -type f | sort | tr '\n' ' ')" = \
		'./compose.yaml ./configs/conf ./files/page ./files/site/deep/file ' ]
	[ "$(stat -c %a compose/files/site/deep/file)" = 750 ]
	if grep -rq 'a word' compose; then
		false
	fi
	expect 0 coracle export docker-compose --secrets -o there
	[ "$(stat -c %a there/secrets)" = 700 ]
	# the same again, over what is there
	cp -a there before
	expect 0 coracle export compose --secrets -o there
	diff -r before there
	mv there "$BATS_TEST_TMPDIR/there"
	rm -r page conf word site app.env base.yaml .env
	cd "$BATS_TEST_TMPDIR/there"
	expect 0 coracle up -d
	expect 0 coracle exec web sh -c 'echo $NAME; cat /etc/page /etc/conf /etc/price /site/deep/file /run/secrets/word'
	is 'a value
page
conf
$5deep
a word'
	expect 0 coracle ps --format '{{.Image}}' web
	matches '/app/busybox'
	expect 0 coracle up -d
	if grep -q Recreate <<<"$stderr"; then
		false
	fi
	down_all
	cd "$BATS_TEST_TMPDIR"
}

@test "export compose: what it cannot do is an error or a warning with its place" {
	app
	rm word
	expect 0 coracle export compose
	expect 1 coracle export compose --secrets
	has_error 'compose.yaml:18:3: secrets.word: '
	sed -i 's/busybox:${TAG}/Busybox/' compose.yaml
	expect 0 coracle export compose --stdout
	has_error 'compose.yaml:4:12: services.web.image: '
	open=$(mktemp -d /tmp/export-XXXXXX)
	chmod 777 "$open"
	printf 'services:\n  web: {image: busybox}\n' >"$open/compose.yaml"
	(cd "$open" && inside setpriv --reuid 1000 --clear-groups "$CORACLE" export compose -o mine 2>said)
	[ -f "$open/mine/compose.yaml" ]
	grep -q 'only root can look for its digest' "$open/said"
	rm -r "$open"
}

@test "export compose: a service that is called compose keeps its meaning" {
	project named <<-'YAML'
	services:
	  compose: {image: busybox, command: sleep 100}
	YAML
	coracle up -d
	expect 0 coracle export compose -o all.tar
	tar tf all.tar bin/busybox
	expect 0 coracle export docker-compose --stdout
	has 'name: named'
	expect 1 coracle compose export docker-compose
	has_error 'no such service: docker-compose'
	coracle down -t 0
}

@test "bundle --pull missing --build: brings the images that are not here" {
	app
	coracle rmi "$plain/app/busybox:2" >/dev/null
	coracle rmi app-made >/dev/null 2>&1 || true # of a case before
	expect 1 coracle bundle -o app.tar
	has_error 'No such image: app-made'
	expect 1 coracle bundle --pull sometimes
	has_error "'sometimes' is none of these: always missing never"
	expect 0 coracle bundle --pull missing --build -o app.tar
	has_error Pulled
	has_error 'app-made Built'
	expect 0 tar xfO app.tar coracle/bundle.json
	[ "$(jq -r '.images[].name' <<<"$output" | sort | tr '\n' ' ')" = "$plain/app/busybox:2 app-made " ]
	coracle rmi app-made >/dev/null
}

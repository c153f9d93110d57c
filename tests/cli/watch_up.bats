#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `up --watch`, and what is built anew when files change.

load watch_helper

# up_watch [OPTION...]: in the background, out and err in files; waits until it looks.
up_watch()
{
	: >../out
	inside "$CORACLE" up --watch "$@" >../out 2>../err 3>&- &
	watcher=$!
	eventually 30 grep -q 'Watch enabled' ../out || fail "$(cat ../err)"
}

end_up()
{
	local status=0
	inside pkill -TERM -f "^$CORACLE up"
	wait "$watcher" || status=$?
	[ "$status" = 130 ] || fail "up exited with $status" "$(cat ../err)"
}

image_id()
{
	coracle image inspect --format '{{.Id}}' "$1"
}

has_no_image()
{
	! coracle image inspect "$1"
}

# A service that is built of `test`.
built()
{
	cat <<-YAML
	  $1:
	    build:
	      dockerfile_inline: |
	        FROM busybox
	        COPY test /data/$1
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: rebuild, path: test}]}
	YAML
}

@test "sync+exec: the command's output is in the log" {
	project exec <<-YAML
	services:
	  test:
	    image: busybox
	    command: sleep 1000
	    init: true
	    volumes: [/data]
	    develop:
	      watch:
	      - {path: ., target: /data, initial_sync: true, action: sync+exec, exec: {command: echo "SUCCESS"}}
	YAML
	up_watch
	coracle exec test test -e /data/compose.yaml
	echo test >./test
	eventually 10 grep -q 'test-1 -> *| SUCCESS' ../out
	grep -qF ' ⦿ Syncing service "test" after' ../out
	end_up
	grep -qF ' ⦿ Watch disabled' ../out
	state_is exec-test-1 exited
}

@test "what changes while services still start is done when they run" {
	project early <<-YAML
	services:
	  gate:
	    image: busybox
	    command: sleep 1000
	    init: true
	    volumes: [".:/gate:ro"]
	    healthcheck: {test: test -e /gate/open, interval: 200ms, start_period: 60s, retries: 1000}
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    depends_on: {gate: {condition: service_healthy}}
	    develop:
      watch:
      - {path: ./src, target: /data, action: sync}
      - {path: ./first, target: /first, action: sync, initial_sync: true}
  plain:
    image: busybox
    command: sleep 1000
    init: true
    depends_on: [web]
    develop: {watch: [{path: ./src, target: /data, action: sync}]}
	YAML
	mkdir src first
	echo first >first/file
	inside "$CORACLE" up --watch >../out 2>../err 3>&- &
	watcher=$!
	eventually 30 state_is early-gate-1 running
	echo early >src/file
	# Longer than what changes is gathered for: nothing more comes of it by itself.
	sleep 1
	touch open
	eventually 30 grep -q 'Watch enabled' ../out || fail "$(cat ../err)"
	eventually 20 coracle exec web test -e /data/file
	eventually 20 coracle exec plain test -e /data/file
	coracle exec web test -e /first/file
	end_up
}

@test "one file, three services that are built anew" {
	project multi < <(echo services:; built a; built b; built c)
	echo test >./test
	up_watch --build
	for service in a b c; do content_is $service /data/$service test; done
	echo updated >./test
	for service in a b c; do eventually 20 content_is $service /data/$service updated; done
	grep -qF 'Rebuilding service(s) ["a" "b" "c"] after changes were detected...' ../out
	eventually 10 grep -qF 'service(s) ["a" "b" "c"] successfully built' ../out
	end_up
}

@test "a rebuild leaves dependencies alone, restarts dependents that ask for it, removes the old image" {
	project deps < <(
		echo services:
		built frontend
		cat <<-YAML
		    depends_on: [backend]
		  backend:
		    build: {dockerfile_inline: "FROM busybox\nCOPY test /backend"}
		    command: sleep 1000
		    init: true
		  after:
		    image: busybox
		    command: ["sh", "-c", "echo begun; exec sleep 1000"]
		    init: true
		    depends_on: {frontend: {condition: service_started, restart: true}}
		YAML
	)
	echo initial >./test
	up_watch
	old=$(image_id deps-frontend)
	backend=$(inspect_of deps-backend-1 '{{.Id}} {{.Image}} {{.State.StartedAt}}')
	echo updated >./test
	eventually 20 content_is frontend /data/frontend updated
	eventually 10 logged 2 begun after
	[ "$(inspect_of deps-backend-1 '{{.Id}} {{.Image}} {{.State.StartedAt}}')" = "$backend" ]
	eventually 10 has_no_image "$old"
	end_up
}

@test "a build that fails is said, and watching goes on" {
	project fails <<-YAML
	services:
	  web:
	    build: .
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: rebuild, path: .}]}
	YAML
	printf 'FROM busybox\nCOPY ok /file\n' >Dockerfile
	echo 1 >ok
	watch --prune=false
	old=$(image_id fails-web)
	rm ok
	eventually 20 grep -q 'Build failed. Error: ' ../out
	state_is fails-web-1 running
	echo 2 >ok
	eventually 20 content_is web /file 2
	coracle image inspect "$old" >/dev/null
	end_watch
}

@test "--quiet shows nothing of builds, .dockerignore counts" {
	project quiet <<-YAML
	services:
	  web:
	    build: .
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: rebuild, path: .}, {action: sync, path: src, target: /src}]}
	YAML
	printf 'FROM busybox\nCOPY a /a\n' >Dockerfile
	printf '*.log\nsrc/no\n' >.dockerignore
	mkdir -p src/no
	echo 1 >a
	watch --quiet
	run ! grep -E 'COPY|exporting' ../out ../err
	touch x.log src/no/file
	echo here >src/file
	eventually 10 content_is web /src/file here
	misses web /src/no
	echo 2 >a
	eventually 20 content_is web /a 2
	[ "$(grep -c Rebuilding ../out)" = 2 ]
	run ! grep -E 'COPY|exporting' ../out ../err
	end_watch
}

@test "a rule on .env, with an external network" {
	coracle network create outside
	project dotenv <<-YAML
	services:
	  ext:
	    build: {dockerfile_inline: FROM busybox}
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: rebuild, path: .env}]}
	    networks: [outside]
	networks:
	  outside: {external: true}
	YAML
	echo HELLO=WORLD >.env
	watch ext
	before=$(inspect_of dotenv-ext-1 '{{.Id}}')
	printf 'HELLO=WORLD\nTEST=REBUILD\n' >.env
	eventually 20 grep -qF 'service(s) ["ext"] successfully built' ../out
	changed() { local id; id=$(inspect_of dotenv-ext-1 '{{.Id}}') && [ "$id" != "$before" ]; }
	eventually 10 changed
	eventually 10 state_is dotenv-ext-1 running
	[ "$(inspect_of dotenv-ext-1 '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}')" = outside ]
	run ! grep 'Failed to recreate' ../out
	end_watch
	coracle down -t 0
	coracle network rm outside
}

@test "x-initialSync is said to be deprecated" {
	project old <<-YAML
	services:
	  test:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop:
	      watch:
	      - {path: ., target: /data, action: sync+exec, exec: {command: echo "SUCCESS"}, x-initialSync: true}
	YAML
	up_watch
	grep -qF 'x-initialSync is DEPRECATED, please use the official `initial_sync` attribute' ../err
	coracle exec test test -e /data/compose.yaml
	end_up
}

@test "down elsewhere ends an up that watches; without it all ends as ever" {
	project ends <<-YAML
	services:
	  web:
	    image: busybox
	    command: sleep 1000
	    init: true
	    develop: {watch: [{action: sync, path: ., target: /data}]}
	YAML
	up_watch
	expect 0 coracle down -t 0
	wait "$watcher"
	grep -qF 'Watch disabled' ../out
}

@test "options that do not go with --watch, services without rules" {
	project refuse <<-YAML
	services:
	  web: {image: busybox, command: sleep 1000}
	YAML
	expect 1 coracle up -d --watch
	has_error '--detach cannot be combined with'
	expect 1 coracle up --wait --watch
	has_error '--wait cannot be combined with'
	expect 1 coracle up --no-build --watch
	has_error '--no-build and --watch are incompatible'
	expect 1 coracle up --watch
	has_error "none of the selected services is configured for watch, consider setting a 'develop' section"
	gone refuse-web-1
}

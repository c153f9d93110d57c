#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# deploy.update_config and rollback_config: replicas are replaced in batches.

load helper

# web VERSION REPLICAS [LINE...]: writes compose.yaml for service web; each replica says its version
# on port 80 and writes to ./log when it starts and when it is stopped. LINEs: update_config.
web()
{
	local version=$1 replicas=$2
	shift 2
	cat >compose.yaml <<-YAML
	services:
	  web:
	    image: busybox
	    command:
	      - sh
	      - -c
	      - |
	        trap 'echo stop $version >>/log/log; sleep 0.2; exit 0' TERM
	        mkdir -p /www && echo $version >/www/index.html
	        [ $version != broken ] || exit 9
	        httpd -p 80 -h /www
	        echo start $version >>/log/log
	        while :; do sleep 0.05; done
	    volumes: ["./log:/log"]
	    ports: ["8081:80"]
	    healthcheck: {test: [CMD, wget, -qO, /dev/null, "http://127.0.0.1/"], interval: 300ms, retries: 20}
	    deploy:
	      replicas: $replicas
	      update_config:
	$(printf '        %s\n' "$@")
	YAML
}

begin()
{
	project "$1" </dev/null
	mkdir -p log
}

events()
{
	tr '\n' ' ' <log/log
}

# Asks the published port without a pause until ./finished is there; writes what answered, or "dark".
ask()
{
	inside sh -c 'while [ ! -e finished ]; do curl -sm 5 http://127.0.0.1:8081/ || echo dark; done >answers'
}

versions()
{
	for container in $(names); do
		inspect_of "$container" '{{.State.Status}} {{.State.Health.Status}}'
	done | sort | uniq -c | tr -s ' \n' ' '
}

@test "one by one, stop-first, is the default" {
	begin single
	web one 3 'parallelism: 1'
	expect 0 coracle up -d --wait
	: >log/log
	web two 3 'parallelism: 1'
	expect 0 coracle up -d
	[ "$(events)" = 'stop one start two stop one start two stop one start two ' ] || fail "$(events)"
	[ "$(names | tr '\n' ' ')" = 'single-web-1 single-web-2 single-web-3 ' ]
	# The names that resolve are those of the new ones.
	expect 0 coracle exec -T web wget -qO - http://single-web-3/
	is two
	expect 0 coracle up -d
	[[ "$stderr" != *Recreate* ]] || fail "$stderr"
}

@test "start-first in twos: the published port is never dark" {
	begin first
	web one 4 'parallelism: 2' 'order: start-first'
	expect 0 coracle up -d --wait
	: >log/log
	ask &
	web two 4 'parallelism: 2' 'order: start-first'
	expect 0 coracle up -d
	touch finished
	wait $!
	[ "$(events)" = 'start two start two stop one stop one start two start two stop one stop one ' ] || fail "$(events)"
	! grep -q dark answers || fail "$(sort answers | uniq -c)"
	grep -q one answers
	grep -q two answers
	[ "$(names | wc -l)" = 4 ]
}

@test "a failure pauses the update: what was not reached goes on as it was" {
	begin pause
	web one 3 'order: start-first'
	expect 0 coracle up -d --wait
	web broken 3 'order: start-first'
	expect 1 coracle up -d
	has_error 'update of service "web" paused after 0 of 3 containers: container pause-web-1 exited (9)'
	[ "$(names | tr '\n' ' ')" = 'pause-web-1 pause-web-2 pause-web-3 ' ]
	[ "$(versions)" = ' 3 running healthy ' ] || fail "$(versions)"
	[ "$(inside curl -sm 5 http://127.0.0.1:8081/)" = one ]
	# The next up goes on, here with what works.
	web two 3 'order: start-first'
	expect 0 coracle up -d
	[ "$(inside curl -sm 5 http://127.0.0.1:8081/)" = two ]
}

@test "rollback brings the replaced ones back, with their files" {
	begin back
	web one 3 'parallelism: 2' 'failure_action: rollback'
	expect 0 coracle up -d --wait
	ids=$(coracle ps -q | sort)
	coracle exec -T web touch /kept
	web broken 3 'parallelism: 2' 'failure_action: rollback'
	expect 1 coracle up -d
	has_error 'update of service "web" failed and was rolled back: container back-web-'
	eventually 10 sh -c '[ "$("$1" ps -q | sort)" = "$2" ]' sh "$CORACLE" "$ids" || true
	[ "$(coracle ps -q | sort)" = "$ids" ] || fail "$(coracle ps -a)"
	expect 0 coracle exec -T web ls /kept
	eventually 10 inside curl -sfm 5 http://127.0.0.1:8081/
	[ "$(names | tr '\n' ' ')" = 'back-web-1 back-web-2 back-web-3 ' ]
}

@test "rollback_config says how to go back" {
	begin config
	local policy
	policy=('parallelism: 1' 'failure_action: rollback' 'max_failure_ratio: 0.4')
	web one 3 "${policy[@]}"
	rollback='\n      rollback_config: {parallelism: 1, order: start-first, delay: 100ms, monitor: 200ms, failure_action: continue, max_failure_ratio: 1}'
	sed -i "s/^      replicas: 3/&$rollback/" compose.yaml
	expect 0 coracle up -d --wait
	: >log/log
	# The first two come up, the others do not.
	web two 3 "${policy[@]}"
	sed -i "s/^      replicas: 3/&$rollback/; s/mkdir -p \/www/[ \$\$(grep -c start \/log\/log) -lt 1 ] || exit 8; &/" compose.yaml
	expect 1 coracle up -d
	has_error 'was rolled back: container config-web-3 exited (8)'
	[ "$(names | tr '\n' ' ')" = 'config-web-1 config-web-2 config-web-3 ' ]
	for i in 1 2 3; do
		expect 0 coracle exec -T --index "$i" web cat /www/index.html
		is one
	done
	# start-first: the last of the new ones stops after an old one has started.
	matches 'one' <<<"$(events)"
	[ "$(grep -n 'stop two' log/log | cut -d : -f 1)" -gt "$(grep -n 'start one' log/log | head -n 1 | cut -d : -f 1)" ] || fail "$(events)"
}

@test "continue, max_failure_ratio, delay and monitor" {
	begin ratio
	# Fails in the first replica only, half a second after its start.
	web one 3 'failure_action: continue'
	sed -i 's/retries: 20/retries: 20, disable: true/' compose.yaml
	expect 0 coracle up -d
	eventually 20 sh -c '[ "$(wc -l <log/log)" = 3 ]'
	: >log/log
	web two 3 'max_failure_ratio: 0.4' 'monitor: 1s' 'delay: 500ms'
	sed -i 's/retries: 20/retries: 20, disable: true/; s/while :; do sleep 0.05; done/[ $$(wc -l <\/log\/log) != 2 ] || { sleep 0.5; exit 5; }; while :; do sleep 0.05; done/' compose.yaml
	expect 0 coracle up -d
	has_error 'container ratio-web-1 did not keep running (exit 5)'
	[ "$(events)" = 'stop one start two stop one start two stop one start two ' ] || fail "$(events)"
	web broken 3 'failure_action: continue'
	expect 0 coracle up -d
	has_error 'container ratio-web-3 exited (9)'
}

@test "an update that is killed is finished by the next up" {
	begin killed
	web one 3 'order: start-first'
	expect 0 coracle up -d --wait
	for delay in 0.2 0.5 0.9; do
		web "v$delay" 3 'order: start-first'
		inside "$CORACLE" up -d >/dev/null 2>&1 3>&- &
		sleep "$delay"
		inside sh -c 'kill -9 $(pgrep -x coracle)' || true
		wait $! || true
		expect 0 coracle up -d --wait
		[ "$(names | tr '\n' ' ')" = 'killed-web-1 killed-web-2 killed-web-3 ' ] || fail "$(names)"
		for i in 1 2 3; do
			[ "$(inside curl -sm 5 http://127.0.0.1:8081/)" = "v$delay" ]
		done
	done
}

@test "without a check a replica has its part of a port when it listens: no request is refused" {
	begin late
	sed 's/^\t//' >compose.yaml <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sh -c "mkdir /www; hostname >/www/index.html; sleep 0.7; exec httpd -f -p 80 -h /www"
	    init: true
	    ports: ["8081:80"]
	    labels: {version: "1"}
	    deploy: {replicas: 1, update_config: {order: start-first}}
	YAML
	expect 0 coracle up -d
	eventually 5 inside curl -sfm 1 http://127.0.0.1:8081/
	ask 3>&- &
	asker=$!
	expect 0 coracle scale web=3
	eventually 5 grep -q "$(inspect_of late-web-3 '{{.Id}}' | head -c 12)" answers
	sed -i 's/version: "1"/version: "2"/; s/replicas: 1/replicas: 3/' compose.yaml
	expect 0 coracle up -d
	eventually 5 grep -q "$(inspect_of late-web-3 '{{.Id}}' | head -c 12)" answers
	touch finished
	wait "$asker"
	! grep dark answers || fail "$(sort answers | uniq -c)"
}

# late VERSION: two replicas that listen when there is a file of their host's name, or of their version.
late()
{
	cat >compose.yaml <<-YAML
	services:
	  web:
	    image: busybox
	    init: true
	    command:
	      - sh
	      - -c
	      - mkdir -p /www && echo $1 >/www/index.html;
	        until [ -e "/log/\$\$(hostname)" ] || [ -e /log/$1 ]; do sleep 0.05; done; exec httpd -f -p 80 -h /www
	    volumes: ["./log:/log"]
	    ports: ["8081:80"]
	    deploy:
	      replicas: 2
	      update_config: {parallelism: 1}
	YAML
}

@test "without a health check: whom an update leaves alone listens first, and so does who comes before the next one goes" {
	local first second asking updating i
	begin late
	late one
	expect 0 coracle up -d
	first=$(inspect_of late-web-1 '{{.Id}}')
	second=$(inspect_of late-web-2 '{{.Id}}')
	touch "log/${first:0:12}"
	eventually 20 inside curl -sfm 5 http://127.0.0.1:8081/
	ask 3>&- &
	asking=$!
	late two
	coracle up -d >up.log 2>&1 3>&- &
	updating=$!
	for i in {1..10}; do
		sleep 0.1
		state_is "$first" running
	done
	touch "log/${second:0:12}"
	eventually 20 state_is "$first" exited
	for i in {1..10}; do
		sleep 0.1
		state_is "$second" running
	done
	touch log/two
	wait "$updating" || fail "$(cat up.log)"
	touch finished
	wait "$asking"
	[ "$(sort -u answers)" = $'one\ntwo' ] || fail "$(sort answers | uniq -c)"
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The journal of events: RUN/events/journal.

load helper

# What was told since mark, a line an event: TYPE ACTION NAME.
mark()
{
	# shellcheck disable=SC2016 # expanded inside
	MARK=$(inside sh -c 'cat "$1" 2>/dev/null | wc -l' sh "$JOURNAL")
}

told()
{
	inside tail -n +"$((MARK + 1))" "$JOURNAL" |
		jq -r '[.Type, .Action, (.Actor.Attributes.name // .Actor.ID)] | join(" ")'
}

was_told()
{
	told | grep -qxF "$1"
}

# attribute ACTION NAME: of the last event with that action
attribute()
{
	inside tail -n +"$((MARK + 1))" "$JOURNAL" |
		jq -rs --arg a "$1" --arg n "$2" 'map(select(.Action == $a)) | last | .Actor.Attributes[$n]'
}

file_setup()
{
	export JOURNAL=$CORACLE_RUN/events/journal
}

@test "up and down of a project, in the order in which it happens" {
	project app <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    labels: {colour: blue}
	    volumes: ["data:/data"]
	volumes:
	  data:
	YAML
	mark
	expect 0 coracle up -d
	run told
	is 'network create app_default
volume create app_data
container create app-web-1
network connect app_default
volume mount app_data
container start app-web-1'
	[ "$(attribute create image)" = busybox ]
	[ "$(attribute create colour)" = blue ]
	[ "$(attribute create com.docker.compose.service)" = web ]
	[ "$(attribute connect type)" = bridge ]
	[ "$(attribute connect container)" = "$(inspect_of app-web-1 '{{.Id}}')" ]
	[ "$(attribute mount destination)" = /data ]
	[ "$(attribute mount read/write)" = true ]

	mark
	expect 0 coracle down --volumes
	run told
	is 'container kill app-web-1
container die app-web-1
volume unmount app_data
container stop app-web-1
network disconnect app_default
network destroy app_default
container destroy app-web-1
volume destroy app_data'
	[ "$(attribute kill signal)" = 9 ]
	[ "$(attribute die exitCode)" = 137 ]
	[ "$(attribute die execDuration)" -lt 60 ]
	[ "$(attribute destroy driver)" = local ]
}

@test "health, restarts of a policy, and what a user does to a container" {
	project app <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"]
	    healthcheck:
	      test: ["CMD", "test", "-e", "/ok"]
	      interval: 100ms
	      retries: 2
	  b:
	    image: busybox
	    command: ["sh", "-c", "sleep 0.2; exit 3"]
	    restart: on-failure:1
	YAML
	mark
	expect 0 coracle up -d
	coracle exec -T a touch /ok
	eventually 5 was_told 'container health_status: healthy app-a-1'
	was_told 'container exec_create: touch /ok app-a-1'
	was_told 'container exec_start: touch /ok app-a-1'
	was_told 'container exec_die app-a-1'
	[ "$(attribute exec_die exitCode)" = 0 ]
	coracle exec -T a rm /ok
	eventually 5 was_told 'container health_status: unhealthy app-a-1'
	told_of_b()
	{
		[ "$(told | grep ' app-b-1$')" = 'container create app-b-1
container start app-b-1
container die app-b-1
container start app-b-1
container die app-b-1' ]
	}
	eventually 10 told_of_b
	[ "$(attribute die exitCode)" = 3 ]

	told_by_hand() { told | grep -v 'health_status\|container exec_'; }
	mark
	expect 0 coracle pause a
	expect 0 coracle unpause a
	expect 0 coracle restart a
	expect 0 coracle kill -s USR1 a
	run told_by_hand
	is 'container pause app-a-1
container unpause app-a-1
container kill app-a-1
container die app-a-1
container stop app-a-1
container start app-a-1
container restart app-a-1
container kill app-a-1'
	[ "$(attribute kill signal)" = 10 ]
}

@test "each run of a health check is told as the command that it is" {
	project probed <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    healthcheck: {test: "test -e /ok", interval: 1h, start_period: 1h, start_interval: 100ms}
	YAML
	mark
	expect 0 coracle up -d
	probe_has_ended() { told | grep -qx 'container exec_die probed-a-1'; }
	eventually 5 probe_has_ended
	[ "$(attribute 'exec_create: /bin/sh -c test -e /ok' execID | wc -c)" = 65 ]
	[ "$(attribute exec_die exitCode)" = 1 ]
	# Three of each, under one id.
	ids=$(inside tail -n +"$((MARK + 1))" "$JOURNAL" |
		jq -r 'select(.Actor.Attributes.execID) | [.Actor.Attributes.execID, (.Action | sub(":.*"; ""))] | join(" ")' | head -n 3)
	id=$(head -n 1 <<<"$ids" | cut -d' ' -f1)
	[ "$ids" = "$id exec_create
$id exec_start
$id exec_die" ] || fail "$ids"
	# As Docker writes them: a blank behind a program without arguments; a kill is one signal.
	mark
	expect 0 coracle exec a true
	was_told 'container exec_create: true  probed-a-1'
	expect 0 coracle kill
	eventually 5 was_told 'container die probed-a-1'
	[ "$(told | grep -c 'container kill')" = 1 ] || fail "$(told)"
}

@test "prunes tell what came back, top that somebody looked, a terminal its size" {
	coracle container create --name old busybox true >/dev/null
	coracle network create old >/dev/null
	coracle volume create old >/dev/null
	expect 0 coracle container run -d -i -t --name seen --stop-signal KILL busybox sh -c 'while :; do stty size; sleep 0.1; done'
	mark
	expect 0 coracle container top seen
	TERMINAL_SIZE='30 90' expect 1 on_terminal 'expect:30 90' 'send:^P^Q' -- "$CORACLE" container attach seen
	was_told 'container top seen'
	was_told 'container resize seen'
	[ "$(attribute resize height) $(attribute resize width)" = '30 90' ]
	expect 0 coracle container rm -f seen
	mark
	expect 0 coracle container prune -f
	expect 0 coracle network prune -f
	expect 0 coracle volume prune -af
	expect 0 coracle image prune -f
	expect 0 coracle buildx prune -f
	pruned=$(inside tail -n +"$((MARK + 1))" "$JOURNAL" |
		jq -r 'select(.Action == "prune") | [.Type, .Actor.ID, (.Actor.Attributes | keys[])] | join(" ")')
	[ "$pruned" = 'container  reclaimed
network  reclaimed
volume  reclaimed
image  reclaimed
builder  reclaimed' ] || fail "$pruned"
	expect 0 coracle system events --since 1h --until 0s --filter event=prune --filter type=network
	matches ' network prune  \(reclaimed=0\)$'
}

@test "a recreation renames, and a container that is removed was destroyed" {
	project app <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep ${LONG:-3600}
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	mark
	LONG=3601 expect 0 coracle up -d
	run told
	has 'container destroy app-a-1'
	has 'container rename app-a-1'
	has 'container start app-a-1'
	[ "$(attribute create name)" = "$(attribute rename oldName | tr -d /)" ]
}

@test "images: load, tag, untag, save, commit, delete" {
	project app <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	expect 0 coracle up -d
	id=$(coracle image inspect --format '{{.Id}}' busybox)
	mark
	coracle image load -i "$IMAGE_CACHE/busybox/image.tar" >/dev/null
	coracle image tag busybox other:1
	coracle image save -o saved.tar busybox
	coracle image rm other:1
	brought=$(tar -C / -c etc/hostname | coracle image import - brought:1)
	coracle image rm brought:1
	coracle container commit -m why app-a-1 made:2
	made=$(coracle image inspect --format '{{.Id}}' made:2)
	coracle image rm made:2
	run told
	is "image load $id
image tag other:1
image save $id
image untag other:1
image tag brought:1
image import $brought
image untag brought:1
image delete $brought
container pause app-a-1
container unpause app-a-1
image create $made
image tag made:2
container commit app-a-1
image untag made:2
image delete $made"
	[ "$(attribute commit comment)" = why ]
	[ "$(attribute commit imageID)" = "$made" ]
}

@test "who waits for an event sees it without asking again" {
	project app <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: ["true"]
	YAML
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'echo $$ >tail.pid; exec tail -n 0 -F "$1"' sh "$JOURNAL" >followed 3>&- &
	eventually 5 test -s tail.pid
	expect 0 coracle up -d
	eventually 5 grep -q '"Action":"die"' followed
	inside kill "$(cat tail.pid)"
	jq -e '.Type and .Actor.ID and (.timeNano / 1000000000 | floor) == .time' followed >/dev/null
}

@test "a journal that cannot be written keeps no command from its work" {
	project app <<-'YAML'
	services:
	  a:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	YAML
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'mv "$1" "$1.1"; mkdir "$1"' sh "$JOURNAL"
	expect 0 coracle up -d
	expect 0 coracle down
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'rmdir "$1"' sh "$JOURNAL"
}

# --- reading it -----------------------------------------------------------------------------------

# A command that goes on until it is told to stop: its output is in ./followed.
follow()
{
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'echo $$ >follow.pid; exec "$0" "$@" >followed 2>&1' "$CORACLE" "$@" &
	follow_job=$!
	eventually 5 test -s follow.pid
	eventually 5 inside sh -c 'grep -q inotify /proc/$(cat follow.pid)/fdinfo/*'
}

follow_stop()
{
	inside kill "$(cat follow.pid)"
	rm -f follow.pid
	wait "$follow_job" || true
}

@test "events of a project: those that were, of its services alone, and of no one-off" {
	project shop <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, labels: {colour: blue}}
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle run --rm web true
	expect 0 coracle down
	expect 0 coracle events --since 1h --until 0s web
	matches '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} container create [0-9a-f]{64} \(colour=blue, image=busybox, name=shop-web-1\)'
	lacks shop-db
	lacks com.docker.compose
	lacks _run_
	lacks 'network '
	expect 0 coracle events --since 1h --until 0s --json
	[ "$(jq -r 'select(.service == "db") | [.type, .action, .attributes.name] | join(" ")' <<<"$output")" = 'container create shop-db-1
container start shop-db-1
container kill shop-db-1
container die shop-db-1
container stop shop-db-1
container destroy shop-db-1' ] || fail "$output"
	jq -e '.time | fromdateiso8601? // test("^[0-9-]+T[0-9:.]+Z$")' <<<"$output" >/dev/null
	expect 1 coracle events nothing
	has_error 'no such service: nothing'
	expect 1 coracle events --since yesterdayish
	has_error '--since'
}

@test "events come as they happen, and a reader that goes away ends it" {
	project live <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	follow events --json
	expect 0 coracle up -d
	eventually 5 inside grep -q '"action":"start"' followed
	[ "$(head -n 1 followed | jq -r .action)" = create ]
	follow_stop
	follow system events --filter type=network --filter event=disconnect --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
	expect 0 coracle down
	eventually 5 inside grep -qx 'network disconnect live_default' followed
	[ "$(wc -l <followed)" = 1 ] || fail "$(cat followed)"
	follow_stop
}

@test "system events filters, and shows times with their zone" {
	project host <<-'YAML'
	services:
	  web: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, labels: {colour: blue}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle down
	expect 0 coracle system events --since 1h --until 0s --filter container=host-web-1 --filter event=die
	matches '^[0-9-]{10}T[0-9:]{8}\.[0-9]{9}(Z|[+-][0-9:]{5}) container die [0-9a-f]{64} \(.*colour=blue.*exitCode=137.*name=host-web-1'
	expect 0 coracle system events --since 1h --until 0s --filter label=colour=blue --filter image=docker.io/library/busybox:latest --format '{{.Action}}'
	has create
	lacks connect
	expect 0 coracle system events --since 1h --until 0s --filter label=colour=red
	is ''
	expect 0 coracle system events --since 1h --until 0s --filter volume=x --format json
	is ''
	expect 1 coracle system events --filter nothing=1
	has_error "unknown filter 'nothing=1'"
	expect 1 coracle system events --format '{{.Nothing'
}

@test "a reader goes on when the journal is turned over" {
	follow system events --filter type=container --format '{{.Actor.ID}}'
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c '
		line() { printf "{\"Type\":\"container\",\"Action\":\"x\",\"Actor\":{\"ID\":\"%s\"},\"timeNano\":1}\n" "$1"; }
		for n in 1 2 3 4 5 6; do
			line "a$n" >>"$1"
			mv "$1" "$1.1"
			line "b$n" >>"$1.1"
			line "c$n" >>"$1"
			# Two turns are all that it keeps.
			for _ in $(seq 500); do grep -qx "c$n" followed && break; sleep 0.02; done
		done' sh "$JOURNAL"
	eventually 5 inside grep -qx c6 followed
	[ "$(sort followed | tr '\n' ' ')" = 'a1 a2 a3 a4 a5 a6 b1 b2 b3 b4 b5 b6 c1 c2 c3 c4 c5 c6 ' ] ||
		fail "$(cat followed)"
	follow_stop
}

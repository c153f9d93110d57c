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

	told_by_hand() { told | grep -v health_status; }
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
	coracle container commit -m why app-a-1 made:2
	made=$(coracle image inspect --format '{{.Id}}' made:2)
	coracle image rm made:2
	run told
	is "image load $id
image tag other:1
image save $id
image untag other:1
container pause app-a-1
container unpause app-a-1
image create $made
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

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which containers a command is about: those of the model, of their names, of what depends on them.

load helper

id_of()
{
	inspect_of "$1" '{{.Id}}'
}

@test "a container's name is nobody's half-done recreation" {
	project named <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: deadbeef0123_db}
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, container_name: db}
	YAML
	expect 0 coracle up -d
	before="$(id_of deadbeef0123_db) $(id_of db)"
	expect 0 coracle up -d
	[ "$(id_of deadbeef0123_db) $(id_of db)" = "$before" ]
	expect 0 coracle up -d --force-recreate
	before="$(id_of deadbeef0123_db) $(id_of db)"
	expect 0 coracle up -d
	[ "$(id_of deadbeef0123_db) $(id_of db)" = "$before" ]
	expect 0 coracle rm -sf b
	expect 0 coracle up -d a
	run names
	is deadbeef0123_db
}

@test "the outdated replica goes first, also with --no-recreate" {
	project rolled <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, environment: {V: "${V:-1}"}}
	YAML
	expect 0 coracle up -d
	export V=2
	expect 0 coracle up -d --scale a=2 --no-recreate
	second=$(id_of rolled-a-2)
	expect 0 coracle up -d --scale a=1 --no-recreate
	run names
	is rolled-a-2
	[ "$(id_of rolled-a-2)" = "$second" ]
}

@test "commands with a file are about its services, not about those of other files" {
	project parted <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	cat >b.yaml <<-'YAML'
	services:
	  b: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	expect 0 coracle -f b.yaml up -d
	started=$(inspect_of parted-b-1 '{{.State.StartedAt}}')
	expect 0 coracle pause
	state_is parted-b-1 running
	expect 0 coracle -f b.yaml pause
	expect 0 coracle unpause
	state_is parted-a-1 running
	state_is parted-b-1 paused
	expect 0 coracle -f b.yaml unpause
	expect 0 coracle restart
	[ "$(inspect_of parted-b-1 '{{.State.StartedAt}}')" = "$started" ]
	expect 0 coracle stop
	state_is parted-a-1 exited
	state_is parted-b-1 running
	expect 0 coracle rm -sf
	run names
	is parted-b-1
	expect 0 coracle -p parted stop
	state_is parted-b-1 exited
}

@test "stop names what had ended already" {
	project ended <<-'YAML'
	services:
	  a: {image: busybox, command: "true"}
	YAML
	expect 0 coracle up -d
	expect 0 coracle wait a
	expect 0 coracle stop
	has_error 'Container ended-a-1 Stopped'
}

@test "restart without the file follows the edges that say restart: true" {
	project edges <<-'YAML'
	services:
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	  web:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {db: {condition: service_started, restart: true}}
	  proxy:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	    depends_on: {web: {condition: service_started, restart: true}}
	  other: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, depends_on: [db]}
	YAML
	times()
	{
		for name in db web proxy other; do
			inspect_of "edges-$name-1" "$name {{.State.StartedAt}}"
		done
	}
	expect 0 coracle up -d
	before=$(times)
	cd /
	expect 0 coracle -p edges restart db
	run comm -13 <(sort <<<"$before") <(times | sort)
	lacks other
	for name in db web proxy; do
		has "$name "
	done
}

@test "who shares a namespace or volumes of a container that was replaced is made anew" {
	project donors <<-'YAML'
	services:
	  db: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, environment: {V: "${V:-1}"}, volumes: [/data]}
	  app: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, network_mode: "service:db"}
	  ipc: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, ipc: "service:db"}
	  vol: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes_from: ["db:ro"]}
	  free: {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	YAML
	expect 0 coracle up -d
	before="$(id_of donors-app-1) $(id_of donors-ipc-1) $(id_of donors-vol-1)"
	free=$(id_of donors-free-1)
	expect 0 coracle up -d
	[ "$(id_of donors-app-1) $(id_of donors-ipc-1) $(id_of donors-vol-1)" = "$before" ]
	V=2 expect 0 coracle up -d db
	V=2 expect 0 coracle up -d
	has_error 'donors-app-1 Recreated'
	has_error 'donors-ipc-1 Recreated'
	has_error 'donors-vol-1 Recreated'
	[ "$(id_of donors-free-1)" = "$free" ]
	expect 0 coracle exec -T app ip -4 addr show dev eth0
	expect 0 coracle rm -sf db
	V=2 expect 1 coracle up -d --no-deps app
	has_error 'cannot share network namespace with service db: container missing'
	V=2 expect 0 coracle up -d
	expect 0 coracle exec -T app ip -4 addr show dev eth0
}

@test "a network with another name takes the project's containers along, and goes" {
	project renamed <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  a: {<<: *service, networks: [kept, n]}
	  b: {<<: *service, networks: [kept]}
	networks:
	  kept: {}
	  n: {name: "${NET:-old}-net"}
	YAML
	expect 0 coracle up -d
	id=$(id_of renamed-a-1) started=$(inspect_of renamed-b-1 '{{.State.StartedAt}}')
	NET=new expect 0 coracle up -d
	has_error 'Container renamed-a-1 Stopped'
	has_error 'Network old-net Removed'
	has_error 'Network new-net Created'
	[ "$(id_of renamed-a-1)" = "$id" ]
	[ "$(inspect_of renamed-b-1 '{{.State.StartedAt}}')" = "$started" ]
	[ "$(inspect_of renamed-a-1 '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}')" = 'new-net renamed_kept ' ]
	expect 1 coracle network inspect old-net
	# One that others use stays.
	coracle container run -d --name guest --network new-net busybox sleep 3600
	NET=newer expect 0 coracle up -d
	has_error 'network new-net is still in use and was left in place'
	expect 0 coracle exec -T a ip -4 addr show dev eth1
	coracle container rm -f guest
	expect 0 coracle network rm new-net
	NET=newer expect 0 coracle down -t 0
}

@test "two networks that swap names" {
	project swap <<-'YAML'
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  a: {<<: *service, networks: [one]}
	  b: {<<: *service, networks: [two]}
	networks:
	  one: {name: "net-${A:-x}"}
	  two: {name: "net-${B:-y}"}
	YAML
	expect 0 coracle up -d
	A=y B=x expect 0 coracle up -d
	[ "$(inspect_of swap-a-1 '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}')" = net-y ]
	[ "$(inspect_of swap-b-1 '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}')" = net-x ]
	A=y B=x expect 0 coracle down -t 0
}

@test "a container that somebody took off its network is put on it again" {
	project off <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [n, m]}
	networks: {n: {}, m: {}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle network disconnect off_n off-a-1
	expect 0 coracle up -d
	has_error "it is not connected to network 'off_n'"
	[ "$(inspect_of off-a-1 '{{len .NetworkSettings.Networks}}')" = 2 ]
}

@test "a network whose labels, options or driver have changed is made anew, others' containers are safe" {
	project nets <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [n]}
	networks:
	  n: {labels: {stage: "${STAGE:-one}"}}
	YAML
	expect 0 coracle up -d
	id=$(coracle network inspect --format '{{.Id}}' nets_n)
	expect 0 coracle up -d
	[ "$(coracle network inspect --format '{{.Id}}' nets_n)" = "$id" ]
	STAGE=two expect 0 coracle up -d
	has_error 'Network nets_n Removed'
	has_error 'Network nets_n Created'
	[ "$(coracle network inspect --format '{{.Labels.stage}}' nets_n)" = two ]
	expect 0 coracle exec -T a ip -4 addr show dev eth0
	mkdir ../other
	cat >../other/compose.yaml <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, networks: [n]}
	networks:
	  n: {name: nets_n, external: true}
	YAML
	expect 0 coracle -f ../other/compose.yaml up -d
	STAGE=three expect 1 coracle up -d
	has_error "network 'nets_n' cannot be made anew: container other-x-1, which is not of this project, uses it"
	state_is other-x-1 running
	state_is nets-a-1 running
	expect 0 coracle -f ../other/compose.yaml down
}

@test "a volume whose labels have changed is asked about, and made anew with -y" {
	project vols <<-'YAML'
	services:
	  a: {image: busybox, command: sleep 3600, stop_signal: SIGKILL, volumes: ["v:/data"]}
	volumes:
	  v: {labels: {stage: "${STAGE:-one}"}}
	YAML
	expect 0 coracle up -d
	expect 0 coracle exec -T a touch /data/kept
	STAGE=two expect 0 coracle up -d </dev/null
	has_error 'another configuration'
	expect 0 coracle exec -T a ls /data/kept
	STAGE=two expect 0 coracle up -d -y
	has_error 'Volume vols_v Recreated'
	expect 1 coracle exec -T a ls /data/kept
	[ "$(coracle volume inspect --format '{{.Labels.stage}}' vols_v)" = two ]
}

@test "down --rmi removes the images of services that have no container" {
	project images <<-'YAML'
	services:
	  a: {image: "busybox:gone"}
	  b: {build: .}
	  c: {image: "busybox:elsewhere"}
	YAML
	for name in busybox:gone images-b; do
		expect 0 coracle image tag busybox "$name"
	done
	expect 0 coracle down --rmi local
	has_error 'Image images-b Removed'
	expect 0 coracle image inspect busybox:gone
	expect 0 coracle down --rmi all
	has_error 'Image busybox:gone Removed'
	[[ "$stderr" != *elsewhere* ]] || fail "$stderr"
	expect 0 coracle image inspect busybox
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Documents of inspect: Docker's members, and nothing instead of a member that is not set.

load helper

# shape OBJECT COMMAND...: the document that the command prints has the members that shapes.list has.
shape()
{
	local object=$1
	shift
	coracle "$@" >"$BATS_TEST_TMPDIR/document"
	python3 "$tests_dir/cli/shape.py" "$tests_dir/cli/shapes.list" "$object" <"$BATS_TEST_TMPDIR/document"
}

@test "a container has every member that Docker's has, set or not" {
	mkdir -p "$BATS_TEST_TMPDIR/shapes/share"
	project shapes <<-'YAML'
	services:
	  plain: {image: busybox, command: sleep 1000}
	  full:
	    image: busybox
	    command: ["-c", "sleep 1000"]
	    entrypoint: [sh]
	    stop_signal: SIGKILL
	    stop_grace_period: 7s
	    ports: ["127.0.0.1:8080:80"]
	    expose: ["9000"]
	    networks: {lan: {ipv4_address: 10.93.0.7, aliases: [al]}}
	    volumes:
	      - data:/data:ro
	      - ./share:/share
	      - {type: bind, source: ./share, target: /long, read_only: true, bind: {create_host_path: false}}
	      - {type: tmpfs, target: /scratch, tmpfs: {size: 1000000, mode: 0700}}
	      - /anonymous
	    tmpfs: ["/short:size=1m"]
	    cap_add: [NET_ADMIN, cap_sys_admin]
	    cap_drop: [chown]
	    cpus: 1.5
	    devices: ["/dev/null:/dev/other:r"]
	    extra_hosts: ["a:1.2.3.4"]
	    group_add: ["5"]
	    ulimits: {nofile: {soft: 100, hard: 200}}
	    sysctls: {net.ipv4.ip_forward: "1"}
	    security_opt: [no-new-privileges]
	    annotations: {org.example: x}
	    init: true
	    healthcheck: {test: "true", interval: 3600s, retries: 2}
	networks:
	  lan: {ipam: {config: [{subnet: 10.93.0.0/24}]}}
	volumes: {data: }
	YAML
	coracle up -d >/dev/null 2>&1
	shape full inspect -s shapes-full-1
	shape plain container inspect shapes-plain-1

	field() { inspect_of "shapes-$1-1" "{{json .$2}}"; }
	[ "$(field full HostConfig.Binds)" = "[\"shapes_data:/data:ro\",\"$PWD/share:/share\"]" ]
	[ "$(field full HostConfig.Tmpfs)" = '{"/short":"size=1m"}' ]
	[ "$(field full HostConfig.CapAdd)" = '["CAP_NET_ADMIN","CAP_SYS_ADMIN"]' ]
	[ "$(field full HostConfig.CapDrop)" = '["CAP_CHOWN"]' ]
	[ "$(field full HostConfig.NanoCpus)" = 1500000000 ]
	[ "$(field full HostConfig.CpuPeriod)" = 0 ]
	[ "$(field full HostConfig.Devices)" = \
		'[{"PathOnHost":"/dev/null","PathInContainer":"/dev/other","CgroupPermissions":"r"}]' ]
	[ "$(field full HostConfig.ExtraHosts)" = '["a:1.2.3.4"]' ]
	[ "$(field full HostConfig.GroupAdd)" = '["5"]' ]
	[ "$(field full HostConfig.Ulimits)" = '[{"Name":"nofile","Hard":200,"Soft":100}]' ]
	[ "$(field full Config.Volumes)" = '{"/anonymous":{}}' ]
	[ "$(field full Config.Entrypoint)" = '["sh"]' ]
	[ "$(field full Config.StopTimeout)" = 7 ]
	[ "$(field full 'NetworkSettings.Networks.shapes_lan.IPAMConfig')" = '{"IPv4Address":"10.93.0.7"}' ]
	[ "$(field full NetworkSettings.IPAddress)" = '"10.93.0.7"' ]
	[[ "$(field full NetworkSettings.Ports)" = *'"9000/tcp":null'* ]]
	[ "$(field full NetworkSettings.EndpointID)" = "$(field full NetworkSettings.Networks.shapes_lan.EndpointID)" ]
	expect 0 inspect_of shapes-full-1 '{{range .Mounts}}{{.Destination}}={{.Mode}} {{end}}'
	[ "$output" = '/data=ro /share= /long= /scratch= /anonymous=z ' ]

	local member
	for member in Binds CapAdd CapDrop ExtraHosts GroupAdd SecurityOpt VolumesFrom PidsLimit; do
		[ "$(field plain "HostConfig.$member")" = null ]
	done
	for member in Devices Ulimits Dns; do
		[ "$(field plain "HostConfig.$member")" = '[]' ]
	done
	[ "$(field plain Config.Volumes) $(field plain Config.Entrypoint)" = 'null null' ]
	[ "$(field plain Config.Cmd)" = '["sleep","1000"]' ]
}

@test "a volume without a name is a mount or only a place" {
	coracle container create --name places -v /place --mount type=volume,target=/mounted busybox true >/dev/null
	expect 0 inspect_of places '{{range .Mounts}}{{.Destination}}={{.Mode}} {{end}}'
	is '/place= /mounted=z '
	coracle container rm -v places >/dev/null
}

@test "networks, volumes, images and the rows of lists have the members of Docker's" {
	project others <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, networks: [lan], volumes: ["data:/d"]}
	networks:
	  lan:
	    ipam: {config: [{subnet: 10.94.0.0/24, ip_range: 10.94.0.128/25, gateway: 10.94.0.1, aux_addresses: {a: 10.94.0.5}}]}
	volumes: {data: }
	YAML
	coracle up -d >/dev/null 2>&1
	coracle volume create bare >/dev/null
	shape network network inspect others_lan
	shape volume volume inspect bare
	shape image image inspect busybox
	shape row-container container ls --format json
	shape row-network network ls --format '{{if eq .Name "others_lan"}}{{json .}}{{end}}'
	shape row-volume volume ls --format '{{if eq .Name "bare"}}{{json .}}{{end}}'
	shape row-image image ls --format '{{if eq .Repository "busybox"}}{{json .}}{{end}}'
	shape row-step image history busybox --format '{{json .}}'
	[ "$(coracle volume inspect -f '{{json .Labels}} {{json .Options}}' bare)" = 'null null' ]
	[[ "$(coracle volume inspect -f '{{.CreatedAt}}' bare)" =~ ^[0-9-]+T[0-9:]{8}Z$ ]]
	coracle volume rm bare >/dev/null
	[ "$(coracle network inspect -f '{{json .IPAM.Options}} {{.Ingress}} {{.ConfigOnly}}' others_lan)" = \
		'{} false false' ]
	local one='{{range .NetworkSettings.Networks}}'
	[ "$(coracle network inspect -f '{{range .Containers}}{{.Name}} {{.EndpointID}} {{.IPv4Address}} {{.MacAddress}}{{end}}' others_lan)" = \
		"others-x-1 $(inspect_of others-x-1 "$one{{.EndpointID}} {{.IPAddress}}/{{.IPPrefixLen}} {{.MacAddress}}{{end}}")" ]
	expect 0 coracle network ls --format '{{.Name}} {{.IPv4}} {{.IPv6}} {{.CreatedAt}}'
	matches 'others_lan true false [0-9-]+ [0-9:]{8}\.[0-9]+ \+0000 UTC'
}

@test "networks that containers do not need show who is there all the same" {
	project modes <<-'YAML'
	services:
	  host: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, network_mode: host}
	  none: {image: busybox, command: sleep 1000, stop_signal: SIGKILL, network_mode: none}
	YAML
	coracle up -d >/dev/null 2>&1
	local mode
	for mode in host none; do
		expect 0 coracle network inspect -f '{{range .Containers}}{{.Name}}{{end}}' $mode
		is "modes-$mode-1"
		expect 0 inspect_of "modes-$mode-1" '{{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{$network.NetworkID}}{{end}}'
		is "$mode $(coracle network inspect -f '{{.Id}}' $mode)"
	done
}

@test "paths of a document lead to what they name while the container runs" {
	project paths <<-'YAML'
	services:
	  x: {image: busybox, command: sleep 1000, hostname: named, stop_signal: SIGKILL}
	YAML
	coracle up -d >/dev/null 2>&1
	coracle exec x touch /written
	expect 0 inside cat "$(inspect_of paths-x-1 '{{.HostnamePath}}')"
	[ "$output" = named ]
	expect 0 inside cat "$(inspect_of paths-x-1 '{{.HostsPath}}')"
	has named
	inside test -e "$(inspect_of paths-x-1 '{{.GraphDriver.Data.MergedDir}}')/written"
	inside test -e "$(inspect_of paths-x-1 '{{.GraphDriver.Data.UpperDir}}')/written"
	inside test -e "$(inspect_of paths-x-1 '{{.NetworkSettings.SandboxKey}}')"
	coracle exec x sh -c 'head -c 5000 /dev/zero >/written'
	[ "$(coracle inspect -s -f '{{gt .SizeRw 4999}} {{gt .SizeRootFs .SizeRw}}' paths-x-1)" = 'true true' ]
	coracle stop -t 0 x >/dev/null 2>&1
	[ "$(inspect_of paths-x-1 '{{.NetworkSettings.SandboxKey}}{{.NetworkSettings.IPAddress}}')" = '' ]
	[ "$(inspect_of paths-x-1 '{{json .NetworkSettings.Ports}}')" = '{}' ]
}

@test "labels of the image are the container's too, but for those that say whose it is" {
	project labelled <<-'YAML'
	services:
	  x:
	    build:
	      dockerfile_inline: |
	        FROM busybox
	        LABEL one=image two=image com.docker.compose.service=other org.coracle.replaces=0
	    command: sleep 1000
	    labels: {two: own}
	    stop_signal: SIGKILL
	YAML
	coracle up -d >/dev/null 2>&1
	[ "$(inspect_of labelled-x-1 '{{.Config.Labels.one}} {{.Config.Labels.two}}')" = 'image own' ]
	[ "$(inspect_of labelled-x-1 '{{index .Config.Labels "com.docker.compose.service"}}')" = x ]
	expect 0 inspect_of labelled-x-1 '{{json .Config.Labels}}'
	lacks org.coracle.replaces
	expect 0 coracle container ls -q --filter label=one=image
	[ "${#lines[@]}" = 1 ]
	expect 0 coracle up -d
	[[ "$stderr" != *Recreate* ]]
}

@test "inspect --type takes every kind" {
	expect 1 coracle inspect --type nothing busybox
	has_error 'unknown type: "nothing": must be one of "config"'
	expect 1 coracle inspect --type node busybox
	has_error 'no such node: busybox'
	expect 0 coracle inspect --type image -f '{{.Os}}' busybox
	[ "$output" = linux ]
	echo text | coracle config create shown - >/dev/null
	expect 0 coracle inspect --type config -f '{{.Spec.Name}}' shown
	[ "$output" = shown ]
	expect 0 coracle inspect -f '{{.Spec.Name}}' shown
	expect 0 coracle config rm shown
}

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What containers use, for Prometheus, under the names that cAdvisor has for it.

load api_helper

file_setup()
{
	api_serve main
	api_serve reader --read-only
	api_serve scraper --read-only --allow stats
}

# of NAME [LABEL...]: the value of a metric whose labels are among others these; fails when it is not one line.
of()
{
	local line count name=$1
	shift
	line=$(grep "^${name}[{ ]" <<<"$output")
	for label; do
		line=$(grep -F -- "$label" <<<"$line")
	done
	count=$(grep -c . <<<"$line")
	[ "$count" = 1 ] || fail "$name $* are $count lines: $line" || return 1
	echo "${line##* }"
}

more_than()
{
	awk -v a="$1" -v b="$2" 'BEGIN {exit !(b > a)}' || fail "$2 is not more than $1"
}

shop()
{
	project shop <<-'YAML'
	services:
	  web:
	    image: busybox
	    command: sh -c 'i=0; while [ $$i -lt 20000 ]; do i=$$((i + 1)); done; exec sleep 3600'
	    labels: {"odd.name": "a \"b\" \\ c"}
	    mem_limit: 64m
	    cpu_shares: 512
	    stop_signal: SIGKILL
	    healthcheck: {test: "true", interval: 100ms}
	  done:
	    image: busybox
	    command: "true"
	YAML
	expect 0 coracle up -d
	eventually 10 health_is shop-web-1 healthy
	eventually 10 state_is shop-done-1 exited
}

used()
{
	api GET /metrics
	more_than 0 "$(of container_cpu_usage_seconds_total 'name="shop-web-1"')" 2>/dev/null
}

@test "what a dashboard made for cAdvisor asks for, of each container and with its labels" {
	shop
	eventually 20 used
	answers 200 GET /metrics -i
	has 'HTTP/1.1 200 OK'
	has 'Content-Type: text/plain; version=0.0.4; charset=utf-8'
	answers 200 GET /metrics
	web='name="shop-web-1"'
	id=$(inspect_of shop-web-1 '{{.Id}}')
	now=$(date +%s)
	[ "$(of container_memory_usage_bytes "$web" "id=\"/docker/$id\"" 'image="busybox"' \
		'container_label_com_docker_compose_project="shop"' 'container_label_com_docker_compose_service="web"' \
		'container_label_odd_name="a \"b\" \\ c"')" -gt 0 ]
	[ "$(of container_memory_working_set_bytes "$web")" -gt 0 ]
	[ "$(of container_spec_memory_limit_bytes "$web")" = 67108864 ]
	[ "$(of container_spec_cpu_shares "$web")" = 512 ]
	[ "$(of container_network_receive_bytes_total "$web" 'interface="eth0"')" -ge 0 ]
	[ "$(of container_network_transmit_packets_total "$web" 'interface="eth0"')" -ge 0 ]
	[ "$(of container_fs_writes_bytes_total "$web")" -ge 0 ]
	[ "$(of container_threads "$web")" -ge 1 ]
	[ "$(of container_last_seen "$web")" -le $((now + 1)) ]
	[ "$(of container_start_time_seconds "$web")" -gt $((now - 300)) ]
	[ "$(of container_health_state "$web")" = 1 ]
	[ "$(of container_health_state 'name="shop-done-1"')" = -1 ]
	[ "$(of container_restarts_total "$web")" = 0 ]
	[ "$(of container_running 'name="shop-done-1"')" = 0 ]
	[ "$(of machine_cpu_cores)" = "$(inside nproc --all)" ]
	[ "$(of machine_memory_bytes)" -gt 1000000 ]
	# Counters go up, and what has ended has no usage.
	[ "$(of container_cpu_user_seconds_total "$web" | cut -d . -f 1)" -ge 0 ]
	lacks 'container_last_seen{id="/docker/'"$(inspect_of shop-done-1 '{{.Id}}')"
}

@test "a reader has it; a socket for a scraper alone has nothing else" {
	API=reader answers 200 GET /metrics
	API=scraper answers 200 GET /metrics
	has machine_cpu_cores
	API=scraper answers 403 GET /containers/json
	API=scraper answers 403 GET /info
	API=reader answers 404 POST /metrics
}

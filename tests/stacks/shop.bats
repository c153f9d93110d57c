#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# examples/shop with the real servers: nginx, an API in Python, PostgreSQL and Redis.

load ../cli/helper

file_setup()
{
	load_image nginx python-db postgres redis
	# Its image is made once, for all tests.
	coracle -f "$project_dir/examples/shop/compose.yaml" build -q
}

# A copy of the example, with a secret that can be searched for, up and healthy.
shop()
{
	cp -a "$project_dir/examples/shop" "$BATS_TEST_TMPDIR/shop"
	cd "$BATS_TEST_TMPDIR/shop" || return 1
	pwd >>"$BATS_TEST_TMPDIR/.projects"
	printf %s "$password" >secrets/db_password.txt
	expect 0 coracle "$@" up -d --wait --wait-timeout 120
}

password=9f86d081884c7d659a2feaa0c55ad015

get()
{
	inside curl -fsS -m 5 "http://127.0.0.1:8080$1"
}

api_health()
{
	get /api/health | grep -q '"status": "ok"'
}

@test "all services are healthy in ps: three frontends, two apis, one database, one cache" {
	shop
	expect 0 coracle ps --format json
	[ "$(jq -rs 'map(.Name) | sort | join(" ")' <<<"$output")" = \
		'shop-api-1 shop-api-2 shop-cache-1 shop-database shop-frontend-1 shop-frontend-2 shop-frontend-3' ]
	[ "$(jq -r .Health <<<"$output" | sort -u)" = healthy ]
	[ "$(jq -r .State <<<"$output" | sort -u)" = running ]
	expect 0 coracle ps
	[ "$(grep -c '(healthy)' <<<"$output")" = 7 ]
}

@test "it answers through the frontends, and every replica works" {
	shop
	expect 0 inside curl -fsS http://127.0.0.1:8080/
	has 'The shop is open'
	expect 0 inside curl -fsS -d '{"name": "a boat"}' http://127.0.0.1:8080/api/items
	expect 0 get /api/items
	has 'a boat'
	expect 0 inside curl -fsS -X PUT -d v1 http://127.0.0.1:8080/api/cache/k
	expect 0 get /api/cache/k
	has v1
	expect 0 neighbour curl -fsS -m 5 http://192.0.2.1:8080/health
	is ok
	[ "$(for _ in $(seq 60); do inside curl -fsS -D - -o /dev/null http://127.0.0.1:8080/ |
		grep -i x-frontend; done | sort -u | wc -l)" = 3 ]
	[ "$(for _ in $(seq 40); do get /api/ | jq -r .host; done | sort -u | wc -l)" = 2 ]
}

@test "the database cannot be scaled: a clear error, nothing changed" {
	shop
	before=$(coracle ps -aq --no-trunc | sort)
	expect 1 coracle scale database=2
	has_error container_name
	has_error database
	[ "$(coracle ps -aq --no-trunc | sort)" = "$before" ]
	expect 1 coracle up -d --scale database=2
	has_error container_name
	[ "$(coracle ps -aq --no-trunc | sort)" = "$before" ]
	health_is shop-database healthy
}

@test "the frontend reaches the api only, the api reaches database and cache" {
	shop
	expect 0 coracle exec -T frontend curl -fsS -m 3 http://api:3000/health
	expect 0 coracle exec -T frontend ping -c 1 -W 2 api
	for name in database cache shop-database; do
		expect 2 coracle exec -T frontend getent hosts "$name"
		run coracle exec -T frontend ping -c 1 -W 1 "$name"
		[ "$status" != 0 ]
		expect 0 coracle exec -T api getent hosts "$name"
		expect 0 coracle exec -T api ping -c 1 -W 2 "$name"
	done
	for container in shop-database shop-cache-1; do
		address=$(inspect_of "$container" '{{.NetworkSettings.Networks.shop_back.IPAddress}}')
		run coracle exec -T frontend ping -c 1 -W 1 "$address"
		[ "$status" != 0 ]
	done
	address=$(inspect_of shop-database '{{.NetworkSettings.Networks.shop_back.IPAddress}}')
	run coracle exec -T frontend curl -sm 1 "telnet://$address:5432"
	[ "$status" = 28 ] || [ "$status" = 7 ]
}

@test "the back network has no way out" {
	shop
	run coracle exec -T cache sh -c 'exec 3<>/dev/tcp/198.51.100.1/53'
	[ "$status" != 0 ]
	run coracle exec -T database bash -c 'timeout 2 bash -c "exec 3<>/dev/tcp/192.0.2.2/53"'
	[ "$status" != 0 ]
	expect 0 coracle exec -T frontend ping -c 1 -W 2 198.51.100.1
}

@test "an api name gives both replicas in rotating order" {
	shop
	firsts=$(for _ in $(seq 24); do
		inside nsenter -t "$(pid_of shop-frontend-1)" -n dig +short @127.0.0.11 api | head -n 1
	done | sort -u | wc -l)
	[ "$firsts" = 2 ]
	[ "$(inside nsenter -t "$(pid_of shop-frontend-1)" -n dig +short @127.0.0.11 api | wc -l)" = 2 ]
}

@test "data survive down and up, down -v removes them" {
	shop
	expect 0 inside curl -fsS -d '{"name": "kept"}' http://127.0.0.1:8080/api/items
	expect 0 coracle down
	expect 0 coracle ps -aq
	is ''
	expect 0 coracle up -d --wait --wait-timeout 120
	expect 0 get /api/items
	has kept
	expect 0 coracle down --volumes
	expect 0 coracle up -d --wait --wait-timeout 120
	expect 0 get /api/items
	is '[]'
}

@test "an edited configuration is seen inside at once" {
	shop
	expect 0 get /api/config
	has hello
	sed -i 's/hello/good day/' config/config.json
	for _ in 1 2 3 4; do
		expect 0 get /api/config
		has 'good day'
	done
	expect 0 coracle exec -T --index 2 api cat /etc/api/config.json
	has 'good day'
	run coracle exec -T api sh -c 'echo x >/etc/api/config.json'
	[ "$status" != 0 ]
}

@test "the cache's tmpfs is empty after a restart" {
	shop
	expect 0 coracle exec -T cache redis-cli set key value
	expect 0 coracle exec -T cache redis-cli save
	expect 0 coracle exec -T cache ls /data
	has dump.rdb
	expect 0 coracle exec -T cache sh -c 'df -P /data | tail -n 1'
	has tmpfs
	expect 0 coracle restart cache
	eventually 10 health_is shop-cache-1 healthy
	expect 0 coracle exec -T cache redis-cli get key
	is ''
}

@test "restart policies on crash and on manual stop" {
	shop
	# Whatever kills them, they come back: the whole container is killed from outside.
	for name in shop-frontend-2 shop-api-1 shop-cache-1 shop-database; do
		inside kill -9 "$(pid_of "$name")"
		restarted_once() { [ "$(inspect_of "$name" '{{.RestartCount}} {{.State.Status}}')" = '1 running' ]; }
		eventually 20 restarted_once
		eventually 30 health_is "$name" healthy
	done
	eventually 20 api_health
	expect 0 coracle stop
	sleep 1
	[ "$(coracle ps -q | wc -l)" = 0 ]
	expect 0 coracle start
	for name in shop-frontend-2 shop-api-1 shop-cache-1 shop-database; do
		eventually 60 health_is "$name" healthy
	done
	# on-failure: a clean end of the server is not a failure.
	expect 0 coracle exec -T -u postgres database pg_ctl stop -m fast --no-wait
	eventually 20 state_is shop-database exited
	[ "$(inspect_of shop-database '{{.State.ExitCode}}')" = 0 ]
}

@test "start order follows health" {
	shop
	started() { inspect_of "$1" '{{.State.StartedAt}}'; }
	healthy_at() { inspect_of "$1" '{{(index .State.Health.Log 0).End}}'; }
	for api in shop-api-1 shop-api-2; do
		[[ "$(started $api)" > "$(started shop-database)" ]]
		[[ "$(started $api)" > "$(started shop-cache-1)" ]]
		for frontend in shop-frontend-1 shop-frontend-2 shop-frontend-3; do
			[[ "$(started $frontend)" > "$(started $api)" ]]
		done
	done
	# The api makes its table on start: it would have failed without a database that answers.
	expect 0 coracle logs --no-log-prefix api
	[ "$(grep -c 'listening on 3000' <<<"$output")" = 2 ]
	lacks Traceback
}

@test "development and production files combine with the base" {
	shop -f compose.yaml -f compose.dev.yaml
	run names
	is $'shop-api-1\nshop-cache-1\nshop-database\nshop-frontend-1'
	expect 0 inside curl -fsS -m 5 http://127.0.0.1:3000/health
	run neighbour curl -fsS -m 1 http://192.0.2.1:3000/health
	[ "$status" != 0 ]
	expect 0 inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/5432'
	expect 0 coracle -f compose.yaml -f compose.prod.yaml up -d --wait --wait-timeout 120
	[ "$(names | wc -l)" = 7 ]
	run inside curl -fsS -m 1 http://127.0.0.1:3000/health
	[ "$status" != 0 ]
	expect 0 get /api/health
	expect 0 coracle -f compose.yaml -f compose.prod.yaml config --format json
	[ "$(jq -r '.services | map_values(.deploy.resources.limits) | to_entries | map(
		"\(.key) \(.value.memory) \(.value.cpus)") | sort | join("\n")' <<<"$output")" = \
		$'api 536870912 1\ncache 134217728 0.25\ndatabase 1073741824 2\nfrontend 268435456 0.5' ]
	[ "$(jq -r '.services.database.ports' <<<"$output")" = null ]
}

@test "the database password is a secret: in no output, no environment, on no disk" {
	shop
	expect 0 coracle exec -T api cat /run/secrets/db_password
	is "$password"
	expect 0 coracle config
	lacks "$password"
	expect 0 coracle config --format json
	lacks "$password"
	for name in $(names); do
		expect 0 coracle inspect "$name"
		lacks "$password"
	done
	expect 0 coracle logs
	lacks "$password"
	expect 1 inside grep -raq "$password" "$CORACLE_ROOT/containers" "$CORACLE_ROOT/images"
	expect 2 coracle exec -T frontend ls /run/secrets/db_password
	# The password is really asked for.
	run coracle exec -T -e PGPASSWORD=wrong api python3 -c \
		'import psycopg2; psycopg2.connect(host="database", user="shop", dbname="shop", password="wrong")'
	[ "$status" = 1 ]
	has 'authentication failed'
}

monitors_are()
{
	[ "$(inside pgrep -fc '^coracle-monitor')" = "$1" ]
}

@test "kill -9 of every monitor: the shop goes on and can be taken down" {
	shop
	expect 0 inside pgrep -fc '^coracle-monitor'
	is 7
	# Alone, they are replaced at once; with their keepers, by the next command.
	for whom in '^coracle-monitor' '^coracle-(monitor|keeper)'; do
		inside pkill -9 -f "$whom"
		expect 0 coracle ps
		[ "$(grep -c 'Up ' <<<"$output")" = 7 ]
		eventually 10 monitors_are 7
	done
	eventually 10 api_health
	for name in $(names); do
		eventually 20 health_is "$name" healthy
	done
	expect 0 coracle down --volumes
	assert_nothing_left
}

@test "an api replica that dies does not stop the shop" {
	shop
	# Stopped, so that it stays away: its name goes, and nginx asks the other one.
	expect 0 coracle container stop -t 0 shop-api-1
	eventually 5 api_health
	for _ in $(seq 10); do
		expect 0 get /api/health
	done
	expect 0 coracle container start shop-api-1
	eventually 20 health_is shop-api-1 healthy
	# Killed, so that it comes back by itself.
	inside kill -9 "$(pid_of shop-api-2)"
	eventually 5 api_health
	eventually 20 health_is shop-api-2 healthy
}

@test "postgres: first start, init scripts, stop with SIGINT in time" {
	project pg <<-'YAML'
	services:
	  db:
	    image: coracle/postgres
	    environment:
	      POSTGRES_USER: sam
	      POSTGRES_PASSWORD: secret
	      POSTGRES_DB: depot
	    volumes:
	      - ./init:/docker-entrypoint-initdb.d:ro
	      - data:/var/lib/postgresql/data
	    healthcheck:
	      test: pg_isready -h 127.0.0.1 -U sam -d depot
	      interval: 1s
	      start_period: 60s
	      start_interval: 200ms
	volumes:
	  data:
	YAML
	mkdir init
	echo 'CREATE TABLE boats (name text); INSERT INTO boats VALUES (:'"'coracle'"');' | sed "s/:'/'/" >init/1.sql
	echo "psql -U sam depot -c \"INSERT INTO boats VALUES ('from sh')\"" >init/2.sh
	expect 0 coracle up -d --wait --wait-timeout 120
	expect 0 coracle exec -T -u postgres db psql -U sam depot -Atc 'SELECT name FROM boats ORDER BY 1'
	is $'coracle\nfrom sh'
	start=$SECONDS
	expect 0 coracle stop
	[ $((SECONDS - start)) -lt 8 ]
	[ "$(inspect_of pg-db-1 '{{.State.ExitCode}}')" = 0 ]
	expect 0 coracle up -d --wait
	expect 0 coracle logs db
	has 'Skipping initialization'
}

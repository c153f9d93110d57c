#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Replicas behind load balancers: HAProxy and nginx by DNS, scaling by load, sessions in Redis.

load stack

file_setup()
{
	make_names
	load_image nginx haproxy python-db redis
}

# One service of the server, in compose files below.
app="image: coracle/python-db, command: python3 /app.py, stop_grace_period: 5s, volumes: [\"$files/app.py:/app.py:ro\"]"

@test "HAProxy: each of five replicas gets requests; back to one, none fails" {
	project haproxy <<-YAML
	services:
	  haproxy:
	    image: coracle/haproxy
	    ports: ["80:80"]
	    volumes: ["$files/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]
	    depends_on: [app]
	  app: {$app}
	YAML
	expect 0 docker-compose up -d
	eventually 20 get http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=5
	eventually 20 values_are 5 instance http://127.0.0.1/
	keep_asking http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=2
	eventually 20 values_are 2 instance http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=1
	eventually 20 values_are 1 instance http://127.0.0.1/
	done_asking
	expect 0 docker-compose up -d --scale app=5
	eventually 20 values_are 5 instance http://127.0.0.1/
}

@test "nginx: replicas by the service's name, asked anew; one that ends is left out" {
	project nginx <<-YAML
	services:
	  nginx:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./default.conf:/etc/nginx/conf.d/default.conf:ro]
	    depends_on: [app]
	  app: {$app}
	YAML
	cat >default.conf <<-'CONF'
	server {
	    listen 80;
	    resolver 127.0.0.11 valid=1s;
	    location / { set $to app; proxy_pass http://$to:3000; proxy_connect_timeout 500ms; }
	    location /lb-health { return 200 "fine\n"; }
	}
	CONF
	expect 0 docker-compose up -d --scale app=3
	eventually 20 values_are 3 instance http://127.0.0.1/
	expect 0 get http://127.0.0.1/lb-health
	is fine
	keep_asking http://127.0.0.1/
	expect 0 docker stop nginx-app-2
	eventually 20 values_are 2 instance http://127.0.0.1/
	expect 0 docker start nginx-app-2
	eventually 20 values_are 3 instance http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=1
	eventually 20 values_are 1 instance http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=5
	eventually 20 values_are 5 instance http://127.0.0.1/
	expect 0 docker-compose up -d --scale app=2
	eventually 20 values_are 2 instance http://127.0.0.1/
	done_asking
}

@test "a script that reads docker stats scales up under load and down without" {
	project auto <<-YAML
	services:
	  app: {$app, ports: ["3000:3000"]}
	YAML
	expect 0 docker-compose up -d
	eventually 20 get http://127.0.0.1:3000/
	inside env PATH="$BATS_FILE_TMPDIR:$PATH" "$files/auto-scale.sh" auto app 3 >said 2>&1 3>&- 4>&- &
	script=$!
	# shellcheck disable=SC2016 # expanded inside
	inside bash -c 'until [ -e quiet ]; do curl -sS -m 20 -o /dev/null "http://127.0.0.1:3000/work?ms=300"; done' 3>&- 4>&- &
	replicas_are() { [ "$(docker-compose ps -q app | wc -l)" = "$1" ]; }
	eventually 90 replicas_are 3 || fail "$(cat said)"
	touch quiet
	eventually 90 replicas_are 1 || fail "$(cat said)"
	touch stop
	wait "$script"
	grep -E '^[0-9]+% with 2$' said
}

@test "sessions survive scaling, new replicas, and a restart of Redis" {
	project sessions <<-YAML
	services:
	  nginx:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./default.conf:/etc/nginx/conf.d/default.conf:ro]
	  app: {$app, environment: {REDIS_HOST: redis}, depends_on: [redis]}
	  redis:
	    image: coracle/redis
	    command: redis-server --appendonly yes
	    volumes: ["data:/data"]
	volumes: {data: }
	YAML
	cat >default.conf <<-'CONF'
	server {
	    listen 80;
	    resolver 127.0.0.11 valid=1s;
	    location / { set $to app; proxy_pass http://$to:3000; }
	}
	CONF
	visit() { get -b "$BATS_TEST_TMPDIR/jar" -c "$BATS_TEST_TMPDIR/jar" http://127.0.0.1/visit; }
	expect 0 docker-compose up -d --scale app=3
	eventually 30 values_are 3 instance http://127.0.0.1/visit
	for _ in {1..12}; do visit; done >visits
	[ "$(jq -r .visits visits | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 11 12 ' ]
	[ "$(jq -r .instance visits | sort -u | wc -l)" -gt 1 ]
	expect 0 docker-compose up -d --scale app=1
	eventually 20 values_are 1 instance http://127.0.0.1/
	[ "$(visit | jq .visits)" = 13 ]
	expect 0 docker-compose up -d --scale app=2 --force-recreate app
	expect 0 docker-compose restart redis
	eventually 20 get http://127.0.0.1/visit
	[ "$(visit | jq .visits)" = 14 ]
}

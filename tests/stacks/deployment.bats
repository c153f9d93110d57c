#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# New versions without a failed request: blue and green, canaries, rolling services, graceful ends.

load stack

file_setup()
{
	make_names
	load_image nginx python
	mkdir "$BATS_FILE_TMPDIR/app"
	cp "$files/app.py" "$BATS_FILE_TMPDIR/app/"
	for version in v1 v2; do
		printf '%s\n' 'FROM coracle/python' 'COPY app.py /' "ENV VERSION=$version" 'CMD ["python3", "/app.py"]' \
			>"$BATS_FILE_TMPDIR/app/Dockerfile"
		docker build -q -t "app:$version" "$BATS_FILE_TMPDIR/app"
	done
}

# gateway HOST: an nginx.conf that leads there.
gateway()
{
	cat >nginx.conf <<-CONF
	events {}
	http {
	    resolver 127.0.0.11 valid=1s;
	    server {
	        listen 80;
	        location / {
	            set \$to $1;
	            proxy_pass http://\$to:3000;
	            proxy_connect_timeout 500ms;
	            proxy_next_upstream error timeout http_502;
	        }
	    }
	}
	CONF
}

@test "blue and green: the switch is a reload, nobody notices" {
	project bluegreen <<-'YAML'
	services:
	  nginx:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]
	    networks: [public, blue, green]
	  app-blue:
	    image: app:${BLUE_VERSION:-v1}
	    environment: {COLOUR: blue}
	    networks: [blue]
	  app-green:
	    image: app:${GREEN_VERSION:-v1}
	    environment: {COLOUR: green}
	    networks: [green]
	networks: {public: , blue: , green: }
	YAML
	gateway app-blue
	expect 0 docker-compose up -d
	eventually 20 get http://127.0.0.1/
	[ "$(values_of colour 10 http://127.0.0.1/)" = 'blue ' ]
	keep_asking http://127.0.0.1/
	GREEN_VERSION=v2 expect 0 docker-compose up -d app-green
	eventually 20 docker-compose exec -T nginx curl -fsS http://app-green:3000/
	gateway app-green
	expect 0 docker-compose exec -T nginx nginx -s reload
	is_green() { [ "$(values_of colour 10 http://127.0.0.1/)$(values_of version 10 http://127.0.0.1/)" = 'green v2 ' ]; }
	eventually 20 is_green
	done_asking
	expect 0 docker-compose exec -T nginx curl -fsS http://app-blue:3000/
	has '"version": "v1"'
}

@test "a canary among nine stable ones gets one request in ten" {
	project canary <<-'YAML'
	services:
	  nginx:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]
	    depends_on: [stable, canary]
	  stable: {image: "app:v1", deploy: {replicas: 9}}
	  canary: {image: "app:v2"}
	YAML
	cat >nginx.conf <<-'CONF'
	worker_processes 1;
	events {}
	http {
	    upstream all { server stable:3000; server canary:3000; }
	    server { listen 80; location / { proxy_pass http://all; } }
	}
	CONF
	expect 0 docker-compose up -d
	eventually 20 values_are 10 instance http://127.0.0.1/
	for _ in {1..100}; do get http://127.0.0.1/; done >answers
	[ "$(jq -r .version answers | grep -c v2)" = 10 ]
}

@test "on SIGTERM what was begun is finished, and the code is 0" {
	project graceful <<-'YAML'
	services:
	  app: {image: "app:v1", ports: ["3000:3000"]}
	YAML
	expect 0 docker-compose up -d
	eventually 20 get http://127.0.0.1:3000/
	get http://127.0.0.1:3000/late >late 2>&1 &
	client=$!
	eventually 10 logged 1 begun
	start=$SECONDS
	expect 0 docker-compose stop
	[ $((SECONDS - start)) -lt 8 ]
	wait "$client"
	grep -q '"late": true' late
	expect 0 docker-compose logs --no-log-prefix app
	is $'listening\nbegun\nSIGTERM received, finishing\nfinished'
	expect 0 docker inspect -f '{{.State.ExitCode}}' graceful-app-1
	is 0
}

@test "stack deploy, service scale, service update and rollback drop no request" {
	project swarm <<-'YAML'
	services:
	  nginx:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]
	    networks: [front]
	  app:
	    image: app:v1
	    networks: [front]
	    healthcheck:
	      test: python3 -c 'import urllib.request; urllib.request.urlopen("http://127.0.0.1:3000/health")'
	      interval: 1s
	    deploy:
	      replicas: 3
	      update_config: {parallelism: 1, order: start-first}
	      rollback_config: {parallelism: 1, order: start-first}
	networks:
	  front: {driver: overlay, attachable: true}
	YAML
	gateway app
	expect 0 docker swarm init
	expect 0 docker stack deploy -c compose.yaml shop
	eventually 30 values_are 3 instance http://127.0.0.1/
	keep_asking http://127.0.0.1/
	expect 0 docker service scale shop_app=5
	eventually 30 values_are 5 instance http://127.0.0.1/
	expect 0 docker service update --image app:v2 shop_app
	is_v2() { [ "$(values_of version 20 http://127.0.0.1/)" = 'v2 ' ]; }
	eventually 30 is_v2
	done_asking
	expect 0 docker service ls --format '{{.Name}} {{.Replicas}} {{.Image}}'
	has 'shop_app 5/5 app:v2'
	expect 0 docker service ps --filter desired-state=running --format '{{.Image}}' shop_app
	[ "$(sort <<<"$output" | uniq -c | xargs)" = '5 app:v2' ]
	keep_asking http://127.0.0.1/
	expect 0 docker service rollback shop_app
	is_v1() { [ "$(values_of version 20 http://127.0.0.1/)" = 'v1 ' ]; }
	eventually 30 is_v1
	done_asking
	expect 0 docker stack rm shop
}

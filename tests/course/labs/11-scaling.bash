# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "scaling up and down, ranges of ports, one port for many, a shared volume"
mkdir ranges && cd ranges || return
take lesson-3-scaling/snippets/02-scaling-in-compose-file.yaml docker-compose.yml
own_service api
# Which replica takes which port of the range is nobody's promise.
ports_left() { local port count=0; for port in {80..85}; do ! answers "http://localhost:$port/" || count=$((count + 1)); done; [ "$count" = "$1" ]; }
ports_answer() { local port; for port; do answers "http://localhost:$port/" || return; done; }
running() { [ "$(docker-compose ps -q "$1" | wc -l)" = "$2" ]; }
before "docker-compose up -d --scale web=3" run "'docker-compose up -d'"
after "docker-compose up -d --scale web=3" "running web 3 && ports_answer 80 81 82"
after "docker-compose up -d --scale web=3 --scale api=2" "running web 3 && running api 2"
after "docker-compose up -d --scale web=1" "running web 1 && ports_left 1"
play lesson-3-scaling/snippets/01
run "docker-compose up -d --scale web=6"
holds 20 "six ports for six" "for port in {80..85}; do curl -fsS -o /dev/null http://localhost:\$port/ || exit 1; done"
fails 1 "docker-compose up -d --scale web=7" "six ports for seven"
run "docker-compose down"

cd .. && mkdir shared && cd shared || return
take lesson-25-scaling-patterns/snippets/08-lab-scaling-with-shared-data.yaml docker-compose.yml
run "docker-compose up -d --scale web=3"
run "docker-compose exec -T --index 2 web sh -c 'echo of all of us >/usr/share/nginx/html/index.html'"
for port in 8080 8081 8082; do
	holds 20 "port $port serves what is shared" "curl -fsS http://localhost:$port/ | grep 'of all of us'"
done
run "docker-compose down --volumes"

cd .. && mkdir simple && cd simple || return
take lesson-25-scaling-patterns/snippets/04-step-1-define-a-simple-service.yaml docker-compose.yml
play lesson-25-scaling-patterns/snippets/05
play lesson-25-scaling-patterns/snippets/06
holds 0 "four are listed" "docker ps --filter name=web --format '{{.Names}}' | grep -c web-[1-4] | grep -x 4"
holds 20 "one port for four" "curl -fsS http://localhost:8080/ | grep -i works"
fill "<app_container>" simple-web-1
typed "docker exec -it*" expect:"bytes from" pause:1 send:^C
coming "0|1|130" "docker exec -it*" "left with Ctrl-C"
play lesson-25-scaling-patterns/snippets/07
each_takes_part()
{
	for _ in {1..60}; do answers http://localhost:8080/ || return; done
	for index in 1 2 3 4; do docker-compose logs --index $index web | grep -q 'GET / ' || return; done
}
check "each of the four has been asked" each_takes_part
holds 0 "the name leads to four addresses" "docker exec simple-web-1 getent ahostsv4 web | awk '{print \$1}' | sort -u | grep -c . | grep -x 4"
run "docker-compose down"

cd .. && mkdir stack && cd stack || return
take lesson-25-scaling-patterns/snippets/02-example-scalable-web-load-balancer-database-stack.yaml docker-compose.yml
own_service myapp
run "docker build -t myapp:latest myapp"
play lesson-25-scaling-patterns/snippets/01
play lesson-25-scaling-patterns/snippets/03
holds 60 "the application reaches its database" "docker compose exec -T app bash -c 'exec 3<>/dev/tcp/db/3306'"
holds 0 "three of the web" "docker compose ps -q web | grep -c . | grep -x 3"
run "docker compose down --volumes"

cd .. && mkdir traefik && cd traefik || return
take lesson-25-scaling-patterns/snippets/09-advanced-scaling-with-compose-traefik.yaml docker-compose.yml
run "docker compose up -d" "traefik is a stand-in: it asks Docker's socket who is there"
run "docker compose down"

cd .. && mkdir overlay && cd overlay || return
take compose-orchestrating/snippets/20-horizontal-scaling.yaml docker-compose.yml
own_gateway nginx.conf /=app:3000
own_service app
run "docker-compose up -d"
holds 60 "three replicas on networks of driver overlay" "[ \"\$(values_of instance 60 http://localhost/ | wc -w)\" = 3 ]"
run "docker network inspect -f '{{.Driver}} {{.Attachable}}' overlay_frontend"
cd ..

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "exercise 07: fifteen tasks, solved with the files of examples/shop"
cp -a "$COURSE_PROJECT/examples/shop/." .
mv compose.yaml docker-compose.yml
mv compose.dev.yaml docker-compose.dev.yml
mv compose.prod.yaml docker-compose.prod.yml
printf %s word-of-the-shop >secrets/db_password.txt
word='word-of-the-shop'
count_of() { echo "docker compose ps $1 --format json | jq -s 'map(select(.State == \"running\" and .Health == \"healthy\")) | length' | grep -x $2"; }

run "docker compose up -d --wait"
run "docker compose ps"
holds 0 "1: every service runs and is healthy" "$(count_of '' 7)"
holds 0 "2: three frontends" "$(count_of frontend 3)"
holds 0 "3: two of the API" "$(count_of api 2)"
fails 1 "docker compose up -d --scale database=2" "4: the database cannot be scaled"
holds 0 "4: and is still one" "$(count_of database 1)"
for name in database cache; do
	fails "1|2" "docker compose exec frontend ping -c 1 $name" "5: the frontend does not reach $name"
	run "docker compose exec -T api ping -c 1 $name" "6: the API does"
done
run "docker compose exec -T frontend ping -c 1 api"

run "curl -fsS -d '{\"name\": \"a boat\"}' http://localhost:8080/api/items"
run "docker compose down"
run "docker compose up -d --wait"
holds 0 "7: data survive down and up" "curl -fsS http://localhost:8080/api/items | grep 'a boat'"
run "sed -i 's/hello/good day/' config/config.json"
holds 0 "8: a file that is edited is new inside at once" "docker compose exec -T api cat /etc/api/config.json | grep 'good day'"
run "docker compose exec -T cache sh -c 'df -P /data | grep tmpfs && touch /data/file'"
run "docker compose restart cache"
fails 1 "docker compose exec -T cache test -e /data/file" "9: memory is empty after a restart"

compose="docker compose -f docker-compose.yml -f docker-compose.prod.yml"
run "$compose up -d --wait"
for limit in "frontend 268435456" "api 536870912" "database 1073741824" "cache 134217728"; do
	holds 0 "10: the limit of ${limit% *}" "docker inspect -f '{{.HostConfig.Memory}}' \$(docker compose ps -q ${limit% *} | head -n 1) | grep -x ${limit#* }"
done
run "docker stats --no-stream"

policy_is() { echo "docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' \$(docker compose ps -q $1 | head -n 1) | grep -x $2"; }
holds 0 "11: always, for the frontend" "$(policy_is frontend always)"
holds 0 "11: unless-stopped, for the API" "$(policy_is api unless-stopped)"
holds 0 "11: on-failure, for the database" "$(policy_is database on-failure)"
run "kill -9 \$(docker inspect -f '{{.State.Pid}}' shop-api-1)"
holds 30 "11: after a failure it is started again" "docker inspect -f '{{.RestartCount}} {{.State.Status}}' shop-api-1 | grep -x '1 running'"
run "docker stop shop-api-1"
sleep 2
holds 0 "11: stopped by hand it stays so" "docker inspect -f '{{.State.Status}}' shop-api-1 | grep -x exited"
run "docker start shop-api-1"
holds 60 "12: health is shown for all" "docker compose ps | grep -c '(healthy)' | grep -x 7"

run "docker compose down"
run "docker compose up -d --wait"
started() { docker inspect -f '{{.State.StartedAt}}' "$1"; }
in_order() { [[ "$(started shop-database)" < "$(started shop-api-1)" && "$(started shop-api-1)" < "$(started shop-frontend-1)" ]]; }
check "13: database, then API, then frontend" in_order
holds 0 "13: the API found its database at once" "! docker compose logs api | grep Traceback"

run "docker compose -f docker-compose.yml -f docker-compose.dev.yml up -d --wait"
holds 0 "14: development has ports for debugging" "curl -fsS http://localhost:3000/health && bash -c 'exec 3<>/dev/tcp/127.0.0.1/5432'"
run "$compose up -d --wait"
holds 0 "14: production has none" "! curl -fsS http://localhost:3000/health && curl -fsS http://localhost:8080/api/health"
run "$compose config"
check "15: the password is not in what config shows" bash -c '! grep -q "$2" "$1"' - "$output_dir/$count" "$word"
holds 0 "15: nor in inspect" "! docker inspect shop-database shop-api-1 | grep $word"

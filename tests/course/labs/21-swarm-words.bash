# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "stack deploy, service scale, service update under load"
take compose-orchestrating/snippets/20-horizontal-scaling.yaml docker-compose.yml
own_gateway nginx.conf /=app:3000
own_service app
run "docker build -t myapp:v1 app"
sed -i '/^CMD/i ENV VERSION=v2' app/Dockerfile
run "docker build -t myapp:v2 app"
mend docker-compose.yml 's#build: ./app#image: myapp:v1#' "stack deploy takes images"
mend docker-compose.yml 's/delay: 10s/delay: 1s/' "to be done in time"
after "docker stack deploy*" answers http://localhost/
after "docker service scale*" '[ "$(docker ps -q --filter name=myapp_app | wc -l)" = 5 ]'
before "docker service update*" keep_asking http://localhost/
after "docker service update*" '[ "$(values_of version 20 http://localhost/)" = "v2 " ]'
play compose-orchestrating/snippets/21
done_asking
holds 0 "services are listed with their replicas" "docker service ls | grep -E 'myapp_app .*5/5'"
holds 0 "tasks of the new image run, those of the former do not" "docker service ps myapp_app | grep -E 'myapp:v2 .*Running'"
run "docker stack ls"
run "docker stack ps myapp"
run "docker stack services myapp"
keep_asking http://localhost/
run "docker service rollback myapp_app"
holds 60 "rolled back" '[ -z "$(values_of version 20 http://localhost/ | tr -d "nul \n")" ]'
done_asking
run "docker stack rm myapp"
run "docker volume rm myapp_postgres_data myapp_redis_data"
run "docker swarm leave --force"

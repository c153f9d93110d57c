# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "external networks and volumes, aliases, configs, a sidecar for backups"
own my-app/Dockerfile <<<$'FROM nginx:alpine\nCMD ["sleep", "1000"]'
run "docker build -t my-app:latest my-app"

mkdir networks && cd networks || return
take compose-orchestrating/snippets/07-external-networks.yaml docker-compose.yml
fails 1 "docker-compose up -d" "the network is not there yet"
run "docker network create production-network"
run "docker-compose up -d"
holds 0 "it is on both" "docker inspect -f '{{len .NetworkSettings.Networks}} {{index .NetworkSettings.Networks \"production-network\" | len | lt 0}}' \$(docker-compose ps -q) | grep -x '2 true'"
run "docker-compose down"
run "docker network rm production-network" "down has left it alone"

cd .. && mkdir volumes && cd volumes || return
take compose-orchestrating/snippets/10-external-volumes.yaml docker-compose.yml
fails 1 "docker-compose up -d" "the volume is not there yet"
run "docker volume create production-data"
run "docker-compose up -d"
run "docker-compose exec -T app sh -c 'echo kept >/app/data/file; echo gone >/app/logs/file'"
run "docker-compose down --volumes"
run "docker-compose up -d"
holds 0 "down --volumes has left it alone, and not its own" \
	"docker-compose exec -T app cat /app/data/file && ! docker-compose exec -T app cat /app/logs/file"
run "docker-compose down --volumes"
run "docker volume rm production-data"

cd .. && mkdir aliases && cd aliases || return
take compose-orchestrating/snippets/08-network-aliases-and-service-discovery.yaml docker-compose.yml
own docker-compose.override.yml <<<'services: {database: {environment: {POSTGRES_PASSWORD: pass, POSTGRES_USER: user, POSTGRES_DB: myapp}}}'
own_service api
run "docker-compose up -d"
holds 0 "every alias and every service is known" \
	"docker-compose exec -T web getent hosts backend api-server api db postgres database cache redis frontend www web-server web | awk 'END {exit NR != 12}'"
holds 60 "the database by the URL of the file" \
	"docker-compose exec -T database sh -c 'psql postgresql://user:pass@db:5432/myapp -c \"select 1\"'"
run "docker-compose down --volumes"

cd .. && mkdir configs && cd configs || return
take compose-orchestrating/snippets/17-configuration-files.yaml docker-compose.yml
own config/nginx.conf <<<'events {} http { include /etc/nginx/conf.d/*.conf; }'
own config/app-production.yml <<<'a: config'
own_service app
fails 1 "docker-compose up -d" "the external config is not there yet"
own site.conf <<<'server { listen 80; return 200 "of the site\n"; }'
run "docker config create production_site_config site.conf"
run "docker-compose up -d"
holds 30 "nginx has both of its configs" "docker-compose exec -T nginx curl -fsS http://localhost/ | grep 'of the site'"
holds 0 "owner and mode are those of the file, but for the writable bit, as the specification has it" \
	"docker-compose exec -T app stat -c '%u:%g %a' /app/config/production.yml | grep -x '1000:1000 400' && docker-compose exec -T nginx stat -c '%a' /etc/nginx/nginx.conf | grep -x 444"
run "docker-compose down"
run "docker config rm production_site_config"

cd .. && mkdir backup && cd backup || return
take compose-orchestrating/snippets/11-volume-backup-strategies.yaml docker-compose.yml
run "docker-compose up -d"
holds 60 "a dump and an archive, with the time in their names" \
	"docker-compose exec -T backup sh -c 'ls /backups' | grep -cE '^(sql-dump-20[0-9]{6}-[0-9]{6}.sql|files-backup-20[0-9]{6}-[0-9]{6}.tar.gz)$' | grep -x 2"
holds 0 "two dollars were one to the shell" "docker-compose logs backup | grep -F 'Creating backup: backup-\$timestamp'"
holds 0 "the sidecar may only read the data" "! docker-compose exec -T backup touch /source/x"
cd ..

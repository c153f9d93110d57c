# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "three tiers"
take "lesson-complex-applications/snippets/01-1-three-tier-architecture.yaml" docker-compose.yml
own_service backend
own_gateway frontend/nginx.conf /=backend:3000
own frontend/Dockerfile <<'EOF'
FROM nginx:alpine
COPY nginx.conf /etc/nginx/nginx.conf
EOF
run "docker-compose up -d"
holds 60 "the backend answers through the frontend" "curl -fsS http://localhost/users | grep '\"service\":\"backend\"'"
run "docker-compose ps"
holds 30 "the backend reaches the database" "docker-compose exec -T backend bash -c 'exec 3<>/dev/tcp/database/5432'"
holds 30 "the backend reaches the cache" "docker-compose exec -T backend sh -c 'echo PING | nc -w 2 cache 6379 | grep PONG'"
holds 0 "the frontend knows no database and no cache" \
	"! docker-compose exec -T frontend getent hosts database && ! docker-compose exec -T frontend getent hosts cache"
holds 30 "the database is there" "docker-compose exec -T database psql -U appuser myapp -c 'create table kept (n int)'"
run "docker-compose down"
run "docker-compose up -d"
holds 30 "its data, too, after down and up" "docker-compose exec -T database psql -U appuser myapp -c 'select * from kept'"

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "secrets in files, POSTGRES_PASSWORD_FILE"
take lesson-complex-applications/snippets/05-2-secrets-management.yaml docker-compose.yml
take lesson-complex-applications/files/secrets secrets
run "docker-compose up -d"
run "docker-compose config"
check "the secret is nowhere in what config shows" bash -c '! grep -rq super_secure "$1"' - "$output_dir/$((count))"
holds 60 "the database takes the password of the file" \
	"docker-compose exec -T -e PGPASSWORD=\"\$(cat secrets/db_password.txt)\" postgres psql -h postgres -U postgres -c 'select 1'"
holds 0 "and no other" "! docker-compose exec -T -e PGPASSWORD=guess postgres psql -h postgres -U postgres -c 'select 1'"
holds 0 "it is in a file of memory, not in the environment" \
	"docker-compose exec -T postgres cat /run/secrets/db_password && ! docker-compose exec -T postgres env | grep super_secure"
run "docker-compose down --volumes"

mkdir basic && cd basic || return
take compose-orchestrating/snippets/02-basic-service-structure.yaml docker-compose.yml
take lesson-complex-applications/files/secrets secrets
own Dockerfile <<<'FROM nginx:alpine'
run "docker-compose up -d"
holds 0 "containers have the names that the file gives them" \
	"docker ps --format '{{.Names}}' | sort | tr '\\n' ' ' | grep -x 'app-server postgres-db web-server '"
holds 60 "the database is there" "docker exec postgres-db psql -U admin -d myapp -c 'select 1'"
run "docker-compose down --volumes"

cd .. && mkdir external && cd external || return
take compose-orchestrating/snippets/16-secrets-management.yaml docker-compose.yml
own secrets/db_password.txt <<<first
own ssl/cert.pem <<<certificate
own ssl/key.pem <<<key
own my-app/Dockerfile <<<$'FROM nginx:alpine\nCMD ["sleep", "1000"]'
run "docker build -t my-app:latest my-app"
fails 1 "docker-compose up -d" "the external secret is not there yet"
run "printf key-of-the-api | docker secret create production_api_key -"
run "docker-compose up -d"
holds 0 "four secrets of both kinds" \
	"docker-compose exec -T app sh -c 'cd /run/secrets && cat db_password api_key ssl_cert ssl_key' | tr '\\n' ' ' | grep '^first key-of-the-api *certificate key'"
run "docker-compose down --volumes"
run "docker secret rm production_api_key"
cd ..

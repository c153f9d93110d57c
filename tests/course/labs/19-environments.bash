# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "base, development and production files"
take compose-orchestrating/snippets/13-multi-environment-configuration.yaml docker-compose.yml
take compose-orchestrating/snippets/14-multi-environment-configuration.yaml docker-compose.override.yml
take compose-orchestrating/snippets/15-multi-environment-configuration.yaml docker-compose.prod.yml
own_service app
own app/package.json <<<'{"name": "app", "version": "1.0.0", "scripts": {"dev": "node server.js", "start": "node server.js"}}'
mend app/Dockerfile 's#/app#/usr/src/app#; s#COPY .*#COPY . .#' "the folder that the files mount"
mend app/server.js 's/server.listen\(PORT\)/server.listen(PORT, () => console.log("listening"))/' "says when it is there"
mkdir postgres-config
own docker-compose.test.yml <<'EOF'
services:
  tests:
    image: node:16-alpine
    command: ["node", "-e", "fetch('http://app:3000/').then(r => r.json()).then(j => console.log(j.status)).catch(e => { console.error(e); process.exit(1) })"]
    depends_on: [app]
EOF
typed "docker-compose up" expect:listening pause:2 send:^C
coming "0|130" "docker-compose up" "left with Ctrl-C"
after "docker-compose * -f docker-compose.prod.yml up -d" answers http://localhost:3000/
play compose-orchestrating/snippets/29
holds 0 "the tests were answered" "grep -x healthy '$output_dir/$count'"
run "docker-compose -f docker-compose.yml -f docker-compose.prod.yml up -d"
holds 0 "production: its variables, its limit, no port of the database" \
	"docker-compose exec -T app printenv NODE_ENV | grep -x production && ! docker-compose -f docker-compose.yml -f docker-compose.prod.yml port database 5432"
run "docker-compose up -d"
holds 30 "development: its variables, a port for the database" \
	"docker-compose exec -T app sh -c 'echo \$DEBUG \$HOT_RELOAD \$NODE_ENV' | grep -x 'app:\\* true development' && bash -c 'exec 3<>/dev/tcp/localhost/5432'"
holds 0 "the source is the host's" "echo // >>app/server.js && docker-compose exec -T app tail -n 1 server.js | grep //"
run "PORT=4000 DB_NAME=other docker-compose up -d"
holds 30 "variables of the shell" "curl -fsS http://localhost:4000/ && docker-compose exec -T database printenv POSTGRES_DB | grep -x other"

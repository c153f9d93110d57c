# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "blue-green and canary"
own_service myapp
run "docker build -t myapp:v1 -t myapp:latest myapp"
run "docker build -t myapp:v2 myapp"
mkdir blue && cd blue || return
take compose-orchestrating/snippets/30-blue-green-deployment.yaml docker-compose.blue-green.yml
own password.yml <<<'services: {database: {environment: {POSTGRES_PASSWORD: secret}}}'
note "the course's database has no password: PostgreSQL refuses to start without one"
own_gateway nginx-bg.conf /=app-blue:3000
compose="docker-compose -f docker-compose.blue-green.yml -f password.yml"
run "BLUE_VERSION=v1 GREEN_VERSION=v1 $compose up -d"
holds 30 "all traffic goes to blue" "[ \"\$(values_of color 20 http://localhost/)\" = 'blue ' ]"
keep_asking http://localhost/
run "BLUE_VERSION=v1 GREEN_VERSION=v2 $compose up -d app-green"
holds 30 "the new green works" "$compose exec -T nginx curl -fsS http://app-green:3000/ | grep v2"
own_gateway nginx-bg.conf /=app-green:3000
run "$compose exec -T nginx nginx -s reload"
holds 30 "all traffic goes to green, of the new version" \
	"[ \"\$(values_of color 20 http://localhost/)\$(values_of version 20 http://localhost/)\" = 'green v2 ' ]"
done_asking
holds 0 "blue is still there to go back to" "$compose ps app-blue | grep Up"
run "BLUE_VERSION=v1 GREEN_VERSION=v2 ACTIVE_ENV=green $compose up -d"
holds 0 "the word for nginx has changed" "$compose exec -T nginx printenv ACTIVE_ENV | grep -x green"
run "$compose down --volumes"

cd .. && mkdir canary && cd canary || return
take compose-orchestrating/snippets/32-canary-deployment-preparation.yaml docker-compose.yml
own nginx-canary.conf <<'EOF'
events {}
http {
    upstream all { server app-stable:3000; server app-canary:3000; }
    server { listen 80; location / { proxy_pass http://all; } }
}
EOF
own .env <<<$'STABLE_VERSION=v1\nCANARY_VERSION=v2'
run "docker-compose up -d"
run "docker-compose restart nginx" "nginx asks for addresses when it starts"
holds 30 "ten replicas answer" "[ \"\$(values_of instance 40 http://localhost/ | wc -w)\" = 10 ]"
holds 20 "one request in ten is the canary's" \
	"for i in {1..100}; do curl -fsS http://localhost/ | jq -r .version; done | grep -c v2 | grep -xE '9|10|11'"
run "docker-compose down"

cd .. && mkdir flags && cd flags || return
take compose-orchestrating/snippets/31-feature-flagging.yaml docker-compose.yml
own feature-config.json <<<'{"ui": "new"}'
run "FEATURE_NEW_UI=true docker-compose up -d"
holds 0 "flags in the environment and in a file" \
	"docker-compose exec -T app sh -c 'echo \$FEATURE_NEW_UI \$FEATURE_BETA_API; cat /app/config/features.json' | tr '\\n' ' ' | grep '^true false {\"ui\": \"new\"}'"
cd ..

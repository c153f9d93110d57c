# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "servers that end on SIGTERM, gracefully"
own_service app
own app/server.js <<'EOF'
const server = require('http').createServer((request, response) => {
  console.log('asked');
  setTimeout(() => response.end('answered late\n'), 3000);
}).listen(3000, () => console.log('listening'));
EOF
cat "$COURSE"/lesson-complex-applications/snippets/12-*.js >>app/server.js && note "with the handler of lesson-complex-applications/snippets/12"
own docker-compose.yml <<<'services: {app: {build: ./app, ports: ["3000:3000"]}}'
run "docker-compose up -d"
holds 20 "it listens" "docker-compose logs app | grep listening"
curl -sS -m 20 http://localhost:3000/ >answer 2>&1 &
holds 20 "somebody asks" "docker-compose logs app | grep asked"
start=$SECONDS
run "docker-compose stop"
took=$((SECONDS - start))
wait
check "what was begun is finished" grep 'answered late' answer
check "it took no longer than that ($took s)" test "$took" -le 8
holds 0 "the handler has said so" "docker-compose logs app | grep 'SIGTERM received' && docker-compose logs app | grep 'Process terminated'"
holds 0 "and it ended with 0" "docker-compose ps -a | grep 'Exited (0)'"

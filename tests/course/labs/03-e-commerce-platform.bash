# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "the e-commerce platform, and its file for development"
play lesson-complex-applications/snippets/03
from lesson-complex-applications/lab1
fails '1|17' "docker-compose up -d" "npm ci needs a package-lock.json, which the course does not have"
for part in frontend backend; do
	run "docker run --rm -v \"\$PWD/$part:/app\" -w /app node:16-alpine npm install --package-lock-only"
done
after "docker-compose up -d" "answers http://localhost/ && answers http://localhost/api/health && answers http://localhost/admin/dashboard"
typed "docker-compose logs -f*" expect:running pause:1 send:^C
coming '0|130' "docker-compose logs -f*" "left with Ctrl-C"
play lesson-complex-applications/snippets/04
holds 0 "the built front page" "curl -fsS http://localhost/ | grep 'E-commerce Frontend'"
holds 0 "the API's health, by way of nginx" "curl -fsS http://localhost/api/health | jq -e '.status == \"healthy\"'"
holds 0 "the API's products" "curl -fsS http://localhost/api/products | jq -e '.products | length == 2'"
holds 0 "the admin panel's dashboard" "curl -fsS http://localhost/admin/dashboard | jq -e .stats.total_orders"
holds 60 "RabbitMQ's management port" "curl -fsS -u admin:admin_pass http://localhost:15672/api/overview | jq -e .rabbitmq_version"
holds 30 "Prometheus" "curl -fsS 'http://localhost:9090/api/v1/targets' | grep backend:3000"
holds 30 "Grafana (a stand-in)" "curl -fsS http://localhost:3001/api/health"
holds 30 "the database was filled by the init files, in order" \
	"docker-compose exec -T postgres psql -U postgres -tA ecommerce -c 'select count(*) from products' | grep -x 3"
holds 0 "with its users" "docker-compose exec -T postgres psql -U postgres -tA ecommerce -c '\\du' | grep admin_user"
holds 60 "health is shown" "docker-compose ps postgres redis | grep -c '(healthy)' | grep -x 2"
for service in backend admin-panel; do
	holds 0 "$service runs as nobody special" "docker-compose exec -T $service id -u | grep -vx 0"
done

take lesson-complex-applications/files/docker-compose.override.yml
mend backend/package.json 's/"main"/"scripts": {"dev": "node server.js"}, "main"/' "the file for development runs npm run dev"
run "docker-compose config -q"
run "docker-compose up -d"
holds 60 "the API in development, from the folder of the host" \
	"curl -fsS http://localhost/api/health && docker-compose exec -T backend printenv NODE_ENV | grep -x development"
run "echo '// edited' >>backend/server.js"
holds 0 "an edit is seen inside at once" "docker-compose exec -T backend tail -n 1 server.js | grep edited"
holds 0 "modules are those of the image" "docker-compose exec -T backend test -d node_modules/express && ! [ -d backend/node_modules/express ]"
holds 60 "the panel in development" "docker-compose exec -T admin-panel printenv FLASK_DEBUG | grep -x 1 && curl -fsS http://localhost/admin/users"
run "docker-compose down"

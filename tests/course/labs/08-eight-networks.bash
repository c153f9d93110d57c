# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "eight networks, seven of them internal, and services that wait for health"
take compose-orchestrating/snippets/19-microservices-architecture.yaml docker-compose.yml
own_gateway gateway/nginx.conf /users=user-service:3000 /orders=order-service:3000 /products=product-service:3000
mkdir ssl
for name in user order product; do
	own_service services/$name
	own secrets/${name}_db_password.txt <<<"word-of-$name"
done
own .env <<'EOF'
USER_DB_PASSWORD=word-of-user
ORDER_DB_PASSWORD=word-of-order
PRODUCT_DB_PASSWORD=word-of-product
RABBITMQ_PASSWORD=word-of-the-queue
EOF
run "docker-compose up -d"
run "docker-compose ps"
for name in user order product; do
	holds 60 "$name answers behind the gateway" "curl -fsS http://localhost/${name}s | grep '\"service\":\"$name\"'"
	holds 0 "$name started after its database was healthy" \
		"[[ \"\$(docker inspect -f '{{.State.StartedAt}}' \$(docker-compose ps -q $name-service))\" > \"\$(docker inspect -f '{{(index .State.Health.Log 0).End}}' \$(docker-compose ps -q $name-db))\" ]]"
	holds 0 "$name knows its own database alone" \
		"docker-compose exec -T $name-service getent hosts $name-db && [ \"\$(docker-compose exec -T $name-service getent hosts user-db order-db product-db | wc -l)\" = 1 ]"
done
holds 60 "the user service is healthy" "docker-compose ps user-service | grep '(healthy)'"
holds 60 "RabbitMQ's management port, published from an internal network" \
	"docker-compose exec -T message-queue curl -fsS -u admin:word-of-the-queue http://localhost:15672/api/overview || docker-compose exec -T message-queue rabbitmqctl status"
holds 30 "search answers (a stand-in)" "docker-compose exec -T product-service curl -fsS http://search-engine:9200/_cluster/health"
holds 0 "databases have no way out" "! docker-compose exec -T user-db bash -c 'timeout 2 bash -c \"exec 3<>/dev/tcp/10.0.2.3/53\"'"
holds 0 "the gateway has one" "docker-compose exec -T api-gateway bash -c 'timeout 5 bash -c \"exec 3<>/dev/tcp/10.0.2.3/53\"'"
holds 0 "there are eight networks" "[ \"\$(docker network ls -q --filter label=com.docker.compose.project=\$(basename \$PWD) | wc -l)\" = 8 ]"

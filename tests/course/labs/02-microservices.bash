# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "microservices with a gateway and a database for each service"
mkdir pattern && cd pattern || return
take lesson-complex-applications/snippets/02-2-microservices-architecture.yaml docker-compose.yml
own_gateway nginx.conf /users=user-service:3000 /orders=order-service:3000 /products=product-service:3000
for name in user order product; do
	own_service services/$name
done
run "docker-compose up -d"
for name in user order product; do
	holds 60 "$name answers behind the gateway" "curl -fsS http://localhost/${name}s | grep '\"service\":\"$name\"'"
done
holds 30 "a service reaches its own database" "docker-compose exec -T user-service bash -c 'exec 3<>/dev/tcp/users-db/5432'"
holds 0 "and no other" "! docker-compose exec -T user-service getent hosts orders-db"
run "docker-compose down --volumes"

cd .. && mkdir lab && cd lab || return
from lesson-complex-applications/lab2
own_service services/user 3000
own_service services/product 3001
own_service services/order 3002
compose="docker-compose -f docker-compose.microservices.yml"
run "$compose up -d"
holds 20 "nginx itself refuses the gateway's file" "$compose logs api-gateway | grep 'limit_req_zone.*not allowed here'"
mend gateway/nginx.conf '/limit_req_zone/d; 1i limit_req_zone $binary_remote_addr zone=api:10m rate=10r/s;' \
	"on any machine: limit_req_zone stands outside of server"
run "$compose up -d"
run "$compose restart api-gateway"
holds 30 "the gateway is healthy" "curl -fsS http://localhost/health | grep healthy"
for name in user product order; do
	holds 30 "$name answers behind the gateway" "curl -fsS http://localhost/api/${name}s | grep '\"service\":\"$name\"'"
done
holds 0 "a burst of 60 requests meets the gateway's limit" \
	"curl -s -Z --parallel-max 30 -o /dev/null -w '%{http_code}\n' 'http://localhost/api/users?n=[1-60]' | grep -x 503"
for name in redis:6379 user-db:5432; do
	holds 30 "the user service reaches $name" "$compose exec -T user-service bash -c 'exec 3<>/dev/tcp/${name/:/\/}'"
done
holds 60 "the order service reaches rabbitmq" "$compose exec -T order-service bash -c 'exec 3<>/dev/tcp/rabbitmq/5672'"
holds 0 "databases of others are unknown to it" "! $compose exec -T order-service getent hosts user-db"

#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Applications of many parts: PHP with MySQL, services with databases and a queue of their own,
# Prometheus over replicas, a sidecar for backups.

load stack

file_setup()
{
	make_names
	load_image nginx nginx-alpine python php-fpm mysql redis postgres rabbitmq prometheus
}

app="image: coracle/python, command: python3 /app.py, volumes: [\"$files/app.py:/app.py:ro\"]"

@test "PHP, MySQL, Redis and a worker: shared content, secrets in files, an internal network" {
	project lamp <<-'YAML'
	services:
	  nginx:
	    image: coracle/nginx:alpine
	    ports: ["80:80"]
	    volumes: [./site.conf:/etc/nginx/conf.d/default.conf:ro, "content:/var/www/html:ro"]
	    depends_on: [php-fpm]
	    networks: [frontend]
	  php-fpm: &php
	    image: coracle/php-fpm
	    volumes: ["content:/var/www/html", "./html:/source:ro"]
	    environment: &php-environment {DB_HOST: mysql, DB_NAME: shop, DB_USER: sam, DB_PASSWORD_FILE: /run/secrets/db_password}
	    secrets: [db_password]
	    command: sh -c 'cp /source/* /var/www/html/ && exec php-fpm'
	    depends_on: {mysql: {condition: service_healthy}, redis: {condition: service_started}}
	    networks: [frontend, backend]
	  worker:
	    <<: *php
	    command: php /source/worker.php
	    networks: [backend]
	  mysql:
	    image: coracle/mysql
	    environment:
	      MYSQL_ROOT_PASSWORD_FILE: /run/secrets/root_password
	      MYSQL_DATABASE: shop
	      MYSQL_USER: sam
	      MYSQL_PASSWORD_FILE: /run/secrets/db_password
	    secrets: [root_password, db_password]
	    volumes: ["data:/var/lib/mysql", "./my.cnf:/etc/mysql/conf.d/custom.cnf:ro"]
	    networks: [backend]
	    healthcheck: {test: ["CMD", "mysqladmin", "ping", "-h", "localhost"], interval: 30s, retries: 5}
	  redis:
	    image: coracle/redis
	    volumes: [./redis.conf:/etc/redis/redis.conf:ro]
	    command: redis-server /etc/redis/redis.conf
	    networks: [backend]
	networks:
	  frontend:
	  backend: {internal: true}
	volumes: {content: , data: }
	secrets:
	  db_password: {file: db_password.txt}
	  root_password: {file: root_password.txt}
	YAML
	printf word-of-sam >db_password.txt
	printf word-of-root >root_password.txt
	printf '[mysqld]\nmax_connections = 33\n' >my.cnf
	printf 'appendonly yes\nmaxmemory 100mb\n' >redis.conf
	mkdir html
	cat >site.conf <<-'CONF'
	server {
	    listen 80;
	    root /var/www/html;
	    index index.php;
	    location ~ \.php$ {
	        fastcgi_pass php-fpm:9000;
	        include fastcgi_params;
	        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
	    }
	}
	CONF
	cat >html/index.php <<-'PHP'
	<?php
	$password = trim(file_get_contents(getenv('DB_PASSWORD_FILE')));
	$db = new PDO('mysql:host=' . getenv('DB_HOST') . ';dbname=' . getenv('DB_NAME'), getenv('DB_USER'), $password);
	$redis = new Redis();
	$redis->connect('redis');
	echo json_encode(['db' => $db->query('SELECT @@max_connections')->fetchColumn(), 'jobs' => $redis->get('jobs')]);
	PHP
	cat >html/worker.php <<-'PHP'
	<?php
	$redis = new Redis();
	$redis->connect('redis');
	$redis->set('jobs', 7);
	sleep(1000);
	PHP
	expect 0 docker-compose up -d
	page() { get http://127.0.0.1/ | jq -e '.db == 33 and .jobs == "7"'; }
	eventually 30 page
	expect 1 docker-compose exec -T nginx touch /var/www/html/x
	expect 2 docker-compose exec -T nginx getent hosts mysql
	expect 0 docker-compose config
	lacks word-of
	expect 1 docker-compose exec -T mysql mysql -usam -pguess -e 'SELECT 1'
}

@test "services with networks, databases and a queue of their own, behind a gateway" {
	project services <<-YAML
	services:
	  gateway:
	    image: coracle/nginx
	    ports: ["80:80"]
	    volumes: [./nginx.conf:/etc/nginx/nginx.conf:ro]
	    depends_on: [users, orders]
	    networks: [public, internal]
	  users:
	    image: coracle/python
	    command: python3 /app.py
	    volumes: ["$files/app.py:/app.py:ro"]
	    environment: {SERVICE: users}
	    depends_on: {users-db: {condition: service_healthy}}
	    networks: [internal, users-network]
	  orders:
	    image: coracle/python
	    command: python3 /app.py
	    volumes: ["$files/app.py:/app.py:ro"]
	    environment: {SERVICE: orders}
	    depends_on: {queue: {condition: service_healthy}}
	    networks: [internal, queue-network]
	  users-db:
	    image: coracle/postgres
	    environment: {POSTGRES_DB: users, POSTGRES_PASSWORD: secret}
	    networks: [users-network]
	    healthcheck: {test: ["CMD-SHELL", "pg_isready -U postgres -d users"], interval: 30s}
	  queue:
	    image: coracle/rabbitmq
	    environment: {RABBITMQ_DEFAULT_USER: admin, RABBITMQ_DEFAULT_PASS: secret}
	    networks: [queue-network, public]
	    ports: ["15672:15672"]
	    healthcheck: {test: ["CMD", "rabbitmq-diagnostics", "-q", "check_running"], interval: 30s, timeout: 20s}
	networks:
	  public:
	  internal: {internal: true}
	  users-network: {internal: true}
	  queue-network: {internal: true}
	YAML
	cat >nginx.conf <<-'CONF'
	events {}
	http {
	    limit_req_zone $binary_remote_addr zone=api:1m rate=5r/s;
	    server {
	        listen 80;
	        location /users { proxy_pass http://users:3000; }
	        location /orders { limit_req zone=api burst=5 nodelay; proxy_pass http://orders:3000; }
	    }
	}
	CONF
	expect 0 docker-compose up -d
	# Once is enough: who has asked in vain for a while is above the limit.
	of_its_service() { get "http://127.0.0.1/$name" | grep -F "\"service\": \"$name\""; }
	for name in users orders; do
		eventually 20 of_its_service
	done
	# Each service came after what it needs was healthy, and knows nothing else.
	[[ "$(inspect_of services-users-1 '{{.State.StartedAt}}')" > "$(inspect_of services-users-db-1 '{{(index .State.Health.Log 0).Start}}')" ]]
	expect 0 docker-compose exec -T users getent hosts users-db
	expect 2 docker-compose exec -T users getent hosts queue
	expect 2 docker-compose exec -T orders getent hosts users-db
	run docker-compose exec -T users-db bash -c 'timeout 2 bash -c "exec 3<>/dev/tcp/192.0.2.2/53"'
	[ "$status" != 0 ]
	expect 0 inside curl -s -Z --parallel-max 30 -o /dev/null -w '%{http_code}\n' 'http://127.0.0.1/orders?n=[1-40]'
	has 503
	has 200
	# A message goes through the queue, by its management port.
	local queue=http://admin:secret@127.0.0.1:15672/api
	expect 0 get -X PUT -d '{}' "$queue/queues/%2f/created"
	expect 0 get -d '{"properties": {}, "routing_key": "created", "payload": "a boat", "payload_encoding": "string"}' \
		"$queue/exchanges/%2f/amq.default/publish"
	has '"routed":true'
	expect 0 get -d '{"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}' "$queue/queues/%2f/created/get"
	has '"payload":"a boat"'
}

@test "Prometheus finds every replica by the service's name; the load tester waits behind its profile" {
	project monitoring <<-YAML
	services:
	  app: {$app}
	  prometheus:
	    image: coracle/prometheus
	    ports: ["9090:9090"]
	    volumes: [./prometheus.yml:/etc/prometheus/prometheus.yml:ro, "data:/prometheus"]
	  load:
	    image: coracle/nginx
	    profiles: [testing]
	    command: sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do curl -fsS http://app:3000/; done'
	volumes: {data: }
	YAML
	cat >prometheus.yml <<-'YAML'
	scrape_configs:
	  - job_name: app
	    scrape_interval: 1s
	    dns_sd_configs: [{names: [app], type: A, port: 3000, refresh_interval: 1s}]
	YAML
	query() { get "http://127.0.0.1:9090/api/v1/query?query=$1" | jq -r '.data.result[0].value[1]'; }
	up_are() { [ "$(query 'sum(up)')" = "$1" ]; }
	expect 0 docker-compose up -d --scale app=3
	eventually 30 up_are 3
	expect 0 docker-compose up -d --scale app=5
	eventually 30 up_are 5
	expect 0 docker-compose ps -a --format '{{.Service}}'
	lacks load
	expect 0 docker-compose run --rm -T load
	[ "$(grep -c '"status": "healthy"' <<<"$output")" = 10 ]
	more_than_scrapes() { get "http://127.0.0.1:9090/api/v1/query?query=sum(requests_total)" | jq -e '.data.result[0].value[1] | tonumber > 10'; }
	eventually 20 more_than_scrapes
}

@test "a sidecar dumps the database again and again, with the time in the names" {
	project backup <<-'YAML'
	services:
	  database:
	    image: coracle/postgres
	    volumes: ["data:/var/lib/postgresql/data"]
	    environment: {POSTGRES_DB: depot, POSTGRES_PASSWORD: secret}
	  backup:
	    image: coracle/postgres
	    volumes: ["data:/source:ro", "archive:/backups"]
	    environment: {PGPASSWORD: secret}
	    depends_on: [database]
	    command: |
	      bash -c "
	        until pg_isready -q -h database -U postgres -d depot; do sleep 0.2; done
	        while true; do
	          timestamp=$$(date +%Y%m%d-%H%M%S-%N)
	          echo dumping $$timestamp
	          pg_dump -h database -U postgres depot >/backups/dump-$$timestamp.sql
	          tar czf /backups/files-$$timestamp.tar.gz -C /source . || true
	          sleep 1
	        done
	      "
	volumes: {data: , archive: }
	YAML
	expect 0 docker-compose up -d
	backups_are() { docker-compose exec -T backup sh -c "ls /backups | grep -cE '^(dump|files)-20[0-9]{6}-[0-9]{6}-[0-9]+[.](sql|tar[.]gz)\$'" | grep -qE '^([4-9]|[0-9]{2,})$'; }
	eventually 40 backups_are
	expect 0 docker-compose exec -T backup sh -c 'cat /backups/dump-*.sql'
	has 'PostgreSQL database dump complete'
	run docker-compose exec -T backup touch /source/x
	[ "$status" != 0 ]
	expect 0 docker-compose down
	expect 0 docker volume inspect -f '{{.Name}}' backup_archive
	# The sidecar had one of the image's, without a name, which down leaves.
	expect 0 docker volume prune -f
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "LAMP: nginx, PHP, MySQL, Redis, a worker"
take compose-orchestrating/snippets/18-complete-lamp-stack.yaml docker-compose.yml
own .env <<<$'DB_NAME=shop\nDB_USER=shopper'
own secrets/db_password.txt <<<word-of-the-shop
own secrets/mysql_root_password.txt <<<word-of-root
own nginx/nginx.conf <<<'events {} http { include /etc/nginx/conf.d/*.conf; }'
own nginx/sites/default.conf <<'EOF'
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
EOF
mkdir ssl
own php/php.ini <<<'memory_limit = 200M'
own php/Dockerfile <<<$'FROM php:8-fpm\nCOPY html /var/www/html'
own php/html/index.php <<'EOF'
<?php
$password = trim(file_get_contents(getenv('DB_PASSWORD_FILE')));
$db = new PDO('mysql:host=' . getenv('DB_HOST') . ';dbname=' . getenv('DB_NAME'), getenv('DB_USER'), $password);
$redis = new Redis();
$redis->connect(getenv('REDIS_HOST'));
echo json_encode(['db' => $db->query('SELECT 6 * 7')->fetchColumn(), 'visits' => $redis->incr('visits'),
    'jobs' => (int) $redis->get('jobs'), 'memory' => ini_get('memory_limit')]);
EOF
own php/html/artisan <<'EOF'
<?php
$redis = new Redis();
$redis->connect(getenv('REDIS_HOST'));
for ($count = 1; ; $count++) {
    $redis->set('jobs', $count);
    echo "worked on job $count\n";
    sleep(1);
}
EOF
own mysql/my.cnf <<<$'[mysqld]\nmax_connections = 33'
own redis/redis.conf <<<$'appendonly yes\nmaxmemory 100mb'
run "docker-compose up -d"
holds 60 "a page of database, cache and shared content" \
	"curl -fsS http://localhost/ | tee /dev/stderr | jq -e '.db == 42 and .visits > 0 and .jobs > 0 and .memory == \"200M\"'"
holds 30 "the worker works" "docker-compose logs worker | grep 'worked on job'"
holds 0 "secrets are read from their files" \
	"docker-compose exec -T mysql sh -c 'mysql -uroot -p\"\$(cat /run/secrets/mysql_root_password)\" -N -e \"select @@max_connections\"' | grep -x 33"
holds 0 "the server's own configuration is used" "docker-compose exec -T redis redis-cli config get maxmemory | grep 104857600"
holds 0 "nginx may not write the shared content" "! docker-compose exec -T nginx touch /var/www/html/x"
holds 0 "nginx does not know the database" "! docker-compose exec -T nginx getent hosts mysql"
run "docker-compose down"
run "docker-compose up -d"
holds 60 "the database is as it was" "curl -fsS http://localhost/ | jq -e '.db == 42'"

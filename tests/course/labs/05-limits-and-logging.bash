# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "limits, and logging with rotation"
take compose-orchestrating/snippets/05-resource-limits-and-constraints.yaml docker-compose.yml
own docker-compose.override.yml <<<'services: {database: {environment: {POSTGRES_PASSWORD: secret}}}'
note "the course's database has no password: PostgreSQL refuses to start without one"
run "docker-compose up -d"
holds 0 "limits and policies are those of the file" "docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}' \$(docker-compose ps -q web) | grep -x '536870912 1000000000 on-failure'"
[[ " $(cat "$(awk '$0 ~ / - cgroup2 / {print $5; exit}' /proc/self/mountinfo)/cgroup.controllers") " != *" memory "* ]] ||
	holds 30 "they are in what stats shows" "docker stats --no-stream --format '{{.MemUsage}}' | grep 512MiB"
run "docker-compose down --volumes"

mkdir platform && cd platform || return
own_service backend
own docker-compose.yml <<<'services: {backend: {build: ./backend}}'
take lesson-complex-applications/snippets/06-3-resource-limits.yaml limits.yml
take lesson-complex-applications/snippets/07-4-logging-configuration.yaml logging.yml
compose="docker-compose -f docker-compose.yml -f limits.yml -f logging.yml"
run "$compose up -d"
holds 0 "half a processor and 512M" \
	"docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.MemoryReservation}}' \$($compose ps -q) | grep -x '500000000 536870912 268435456'"
holds 0 "the driver and its options are shown" \
	"docker inspect -f '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config \"max-size\"}} {{index .HostConfig.LogConfig.Config \"max-file\"}}' \$($compose ps -q) | grep -x 'json-file 10m 3'"
run "$compose exec -T backend sh -c 'yes a line of the log | head -n 3000000 >/proc/1/fd/1; echo the last line >/proc/1/fd/1'"
holds 60 "the end of the log is there" "$compose logs --tail 1 backend | grep 'the last line'"
holds 0 "three files of ten megabytes at most" \
	"du -cbm \"\$(docker inspect -f '{{.LogPath}}' \$($compose ps -q))\"* | awk '/total/ {exit !(\$1 <= 31)}'"
cd ..

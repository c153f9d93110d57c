# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
lab "volumes with driver options, and of every type"
take compose-orchestrating/snippets/09-volume-types-and-configuration.yaml docker-compose.yml
mkdir postgres-config
run "docker-compose config -q"
fails 1 "docker-compose up -d" "there is no /dev/sdb1 and no server for NFS here"
holds 0 "the message names what could not be mounted" "grep -E '/dev/sdb1|nfs.example.com' '$output_dir/$count'"
run "docker-compose down --volumes"
note "the same with options that are there: a folder of the host, and memory"
mkdir -p data backups
own docker-compose.override.yml <<EOF
services: {database: {environment: {POSTGRES_DB: myapp, POSTGRES_PASSWORD: secret}}}
volumes:
  postgres_data: {driver_opts: {type: none, o: bind, device: $PWD/data}}
  backup_storage: {driver_opts: {type: tmpfs, o: "size=10m", device: tmpfs}}
EOF
run "docker-compose up -d"
holds 60 "the database is in the folder" "docker-compose exec -T database psql -U postgres myapp -c 'select 1' && [ -e data/PG_VERSION ]"
holds 0 "what is of memory is" "docker-compose exec -T database sh -c 'df -PT /tmp' | grep -E 'tmpfs +1048576 '"
holds 0 "as is the place for backups" "docker-compose exec -T backup sh -c 'df -PT /backups' | grep -E 'tmpfs +10240 '"
holds 0 "configuration may not be written" "! docker-compose exec -T database touch /etc/postgresql/conf.d/x"
holds 0 "the sidecar may only read the data" "! docker-compose exec -T backup touch /var/lib/postgresql/data/x"
run "docker volume inspect \$(basename \$PWD)_postgres_data"

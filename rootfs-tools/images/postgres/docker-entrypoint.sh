#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes the database cluster on the first start, then becomes the server.
#
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS (each also as NAME_FILE),
# POSTGRES_INITDB_WALDIR, POSTGRES_HOST_AUTH_METHOD, PGDATA, /docker-entrypoint-initdb.d. While the
# cluster is being made its server listens on the socket only, so that a health check over TCP does
# not succeed too early. A first start that is interrupted is repeated from the beginning.
set -Eeo pipefail

# shellcheck source=rootfs-tools/images/base/entrypoint.bash
. /usr/local/lib/entrypoint.bash

check_password()
{
	[ -z "$POSTGRES_PASSWORD" ] || return 0
	[ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ] || return 0
	die "no password for the superuser: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE," \
		"or POSTGRES_HOST_AUTH_METHOD=trust to let anyone in without one"
}

# On standard input, for the server that nobody else reaches yet; PGDATABASE says where.
run_sql()
{
	psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --no-password --username "$POSTGRES_USER" \
		--host "$sockets" "$@"
}

# initdb wants an empty directory, and writes PG_VERSION first: so it works in a directory of its own
# beside the mark that says "not finished", and its result moves up afterwards.
make_cluster()
{
	local arguments=() new=$PGDATA/.coracle-new
	eval "arguments=(${POSTGRES_INITDB_ARGS:-})"
	[ -z "${POSTGRES_INITDB_WALDIR:-}" ] || arguments+=(--waldir "$POSTGRES_INITDB_WALDIR")
	initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
		"${arguments[@]}"
	mv "$new"/* "$PGDATA/"
	rmdir "$new"
	printf '\nhost all all all %s\n' \
		"${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}" >>"$PGDATA/pg_hba.conf"
}

first_start()
{
	check_password
	if [ -e "$PGDATA/.coracle-incomplete" ]; then
		# Left by an interrupted first start: nothing in it was ever served.
		find "$PGDATA" -mindepth 1 ! -name .coracle-incomplete -delete
	elif [ -n "$(find "$PGDATA" -mindepth 1 ! -name lost+found -print -quit)" ]; then
		die "$PGDATA is neither empty nor a database cluster: mount another volume there"
	fi
	: >"$PGDATA/.coracle-incomplete"
	make_cluster
	sockets=$(mktemp -d)
	export PGHOST=$sockets PGPASSWORD=$POSTGRES_PASSWORD PGUSER=$POSTGRES_USER
	pg_ctl --silent -w -D "$PGDATA" -o "-c listen_addresses='' -c unix_socket_directories='$sockets'" start
	if [ "$POSTGRES_DB" != postgres ]; then
		run_sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
	fi
	export PGDATABASE=$POSTGRES_DB
	run_init_files
	pg_ctl --silent -m fast -w -D "$PGDATA" stop
	unset PGHOST PGPASSWORD PGUSER PGDATABASE
	rm -rf "$sockets" "$PGDATA/.coracle-incomplete"
	echo
	echo "PostgreSQL init process complete; ready for start up."
	echo
}

is_complete()
{
	[ -s "$PGDATA/PG_VERSION" ] && [ ! -e "$PGDATA/.coracle-incomplete" ]
}

[ "${1:0:1}" != - ] || set -- postgres "$@"
if [ "$1" != postgres ]; then
	exec "$@"
fi
for argument; do
	case "$argument" in
	-\? | --help | --describe-config | -V | --version) exec "$@" ;;
	esac
done

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$PGDATA" /var/run/postgresql
	chmod 700 "$PGDATA"
	find "$PGDATA" \! -user postgres -exec chown postgres {} +
	find /var/run/postgresql \! -user postgres -exec chown postgres {} +
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

mkdir -p "$PGDATA"
read_setting POSTGRES_PASSWORD
read_setting POSTGRES_USER postgres
read_setting POSTGRES_DB "$POSTGRES_USER"
read_setting POSTGRES_INITDB_ARGS
if is_complete; then
	echo
	echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
	echo
else
	first_start
fi
unset POSTGRES_PASSWORD
exec "$@"

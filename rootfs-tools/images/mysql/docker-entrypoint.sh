#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes the data directory on the first start, then becomes the server as the user mysql.
#
# MYSQL_ROOT_PASSWORD, MYSQL_ROOT_HOST, MYSQL_DATABASE, MYSQL_USER, MYSQL_PASSWORD (each also as
# NAME_FILE), MYSQL_ALLOW_EMPTY_PASSWORD, MYSQL_RANDOM_ROOT_PASSWORD, MYSQL_INITDB_SKIP_TZINFO, all of
# them also as MARIADB_..., and /docker-entrypoint-initdb.d. While the data are being made the server
# listens on a socket of its own only, so that a health check does not succeed too early. A first
# start that is interrupted is repeated from the beginning.
set -Eeo pipefail

# shellcheck source=rootfs-tools/images/base/entrypoint.bash
. /usr/local/lib/entrypoint.bash

# MYSQL_$1 from either spelling, a file, or $2.
read_either()
{
	local mysql=MYSQL_$1 mariadb=MARIADB_$1
	read_setting "$mariadb" "${2:-}"
	read_setting "$mysql" "${!mariadb}"
	unset "$mariadb"
}

# A value of the server's configuration and arguments.
server_value()
{
	"${server[@]}" --verbose --help 2>/dev/null |
		awk -v name="$1" '$1 == name {sub(/^[^ ]+ +/, ""); print; exit}'
}

check_password()
{
	[ -z "$MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD" ] || return 0
	die "no password for root: set MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE," \
		"or one of MYSQL_ALLOW_EMPTY_PASSWORD and MYSQL_RANDOM_ROOT_PASSWORD"
}

run_sql()
{
	mariadb --no-defaults --binary-mode --user=root --socket="$socket" ${MYSQL_DATABASE:+--database="$MYSQL_DATABASE"} "$@"
}

# The text $1 as a string of SQL, and as a name.
sql_string()
{
	local text=${1//\\/\\\\}
	printf "'%s'" "${text//\'/\\\'}"
}

sql_name()
{
	# shellcheck disable=SC2016 # backquotes are what names stand in
	printf '`%s`' "${1//\`/\`\`}"
}

# Root may do everything from MYSQL_ROOT_HOST and from here; the socket of the first start, which asks
# for no password, is used for all of it.
make_users()
{
	local password host
	password=$(sql_string "$MYSQL_ROOT_PASSWORD")
	host=$(sql_string "$MYSQL_ROOT_HOST")
	{
		echo "DELETE FROM global_priv WHERE User IN ('', 'root') AND Host != 'localhost';"
		echo "FLUSH PRIVILEGES;"
		echo "SET PASSWORD FOR 'root'@'localhost' = PASSWORD($password);"
		if [ "$MYSQL_ROOT_HOST" != localhost ]; then
			echo "CREATE USER 'root'@$host IDENTIFIED BY $password;"
			echo "GRANT ALL ON *.* TO 'root'@$host WITH GRANT OPTION;"
		fi
		if [ -n "$MYSQL_DATABASE" ]; then
			echo "CREATE DATABASE IF NOT EXISTS $(sql_name "$MYSQL_DATABASE");"
		fi
		if [ -n "$MYSQL_USER" ]; then
			echo "CREATE USER $(sql_string "$MYSQL_USER")@'%' IDENTIFIED BY $(sql_string "$MYSQL_PASSWORD");"
			[ -z "$MYSQL_DATABASE" ] || echo "GRANT ALL ON $(sql_name "${MYSQL_DATABASE//_/\\_}").*" \
				"TO $(sql_string "$MYSQL_USER")@'%';"
		fi
	} | MYSQL_DATABASE='' run_sql --database=mysql
}

# Starts a server for us alone and waits until it answers.
start_private()
{
	local i
	"${server[@]}" --skip-networking --socket="$socket" --pid-file="$socket.pid" &
	private=$!
	for ((i = 0; i < 600; i++)); do
		! mariadb-admin --no-defaults --user=root --socket="$socket" --silent ping >/dev/null 2>&1 ||
			return 0
		kill -0 "$private" 2>/dev/null || die "the server of the first start has ended"
		sleep 0.1
	done
	die "the server of the first start does not answer"
}

first_start()
{
	check_password
	find "$data" -mindepth 1 ! -name .coracle-incomplete -delete
	: >"$data/.coracle-incomplete"
	echo "$0: Initializing database files"
	mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
		--cross-bootstrap >/dev/null
	socket=$(mktemp -d)/socket
	start_private
	if [ -z "$MYSQL_INITDB_SKIP_TZINFO" ]; then
		mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo 2>/dev/null |
			MYSQL_DATABASE='' run_sql --database=mysql
	fi
	if [ -n "$MYSQL_RANDOM_ROOT_PASSWORD" ]; then
		MYSQL_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
		echo "$0: GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
	fi
	make_users
	export MYSQL_PWD=$MYSQL_ROOT_PASSWORD
	run_init_files
	mariadb-admin --no-defaults --user=root --socket="$socket" shutdown
	wait "$private" || true
	unset MYSQL_PWD
	rm -rf "$(dirname "$socket")" "$data/.coracle-incomplete"
	echo
	echo "$0: MySQL init process done. Ready for start up."
	echo
}

# MariaDB does not know some options of MySQL that compose files give: it may ignore them.
arguments=()
for argument; do
	case "$argument" in
	--default-authentication-plugin* | --mysql-native-password* | --mysqlx* | --authentication-policy*)
		argument=--loose-${argument#--}
		;;
	esac
	arguments+=("$argument")
done
set -- "${arguments[@]}"

case "${1:-}" in
-*) set -- mysqld "$@" ;;
esac
case "$1" in
mysqld | mariadbd) ;;
*) exec "$@" ;;
esac
for argument; do
	case "$argument" in
	-\? | --help | --print-defaults | -V | --version) exec "$@" ;;
	esac
done

server=("$@")
data=$(server_value datadir)
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$data"
	find "$data" /run/mysqld \! -user mysql -exec chown mysql: {} +
	exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi
read_either ROOT_PASSWORD
read_either ROOT_HOST %
read_either DATABASE
read_either USER
read_either PASSWORD
read_either ALLOW_EMPTY_PASSWORD "${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-}"
read_either RANDOM_ROOT_PASSWORD
read_either INITDB_SKIP_TZINFO
if [ -e "$data/.coracle-incomplete" ] || [ ! -d "$data/mysql" ]; then
	first_start
fi
unset MYSQL_ROOT_PASSWORD MYSQL_PASSWORD
exec "$@"

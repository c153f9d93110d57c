# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# entrypoint.bash - what the entry points of servers share: settings out of the environment or out of
# files, and the files of /docker-entrypoint-initdb.d.

die()
{
	echo "docker-entrypoint: $*" >&2
	exit 1
}

# Sets and exports $1 from itself, from the file named by $1_FILE, or to $2.
read_setting()
{
	local name=$1 file=${1}_FILE value=${2:-}
	if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
		die "both $name and $file are set, use one"
	fi
	if [ -n "${!name:-}" ]; then
		value=${!name}
	elif [ -n "${!file:-}" ]; then
		value=$(<"${!file}") || die "cannot read $file ${!file}"
	fi
	printf -v "$name" %s "$value"
	export "${name?}"
	unset "$file"
}

# Runs one file of /docker-entrypoint-initdb.d; run_sql, the caller's, reads SQL from its input.
run_init_file()
{
	local file=$1
	echo "$0: running $file"
	case "$file" in
	*.sh)
		if [ -x "$file" ]; then
			"$file"
		else
			# shellcheck source=/dev/null
			. "$file"
		fi
		;;
	*.sql) run_sql <"$file" ;;
	*.sql.bz2) bunzip2 -c "$file" | run_sql ;;
	*.sql.gz) gunzip -c "$file" | run_sql ;;
	*.sql.xz) xz -dc "$file" | run_sql ;;
	*.sql.zst) zstd -dc "$file" | run_sql ;;
	*) echo "$0: ignoring $file" ;;
	esac
}

run_init_files()
{
	local file
	for file in /docker-entrypoint-initdb.d/*; do
		[ ! -e "$file" ] || run_init_file "$file"
	done
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Before nginx starts: what lies in /docker-entrypoint.d, in the order of the names. *.envsh is read
# into this shell, so that it can set variables for what comes after it; *.sh is run.
# NGINX_ENTRYPOINT_QUIET_LOGS silences it.
set -e

say()
{
	[ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

prepare()
{
	if [ -z "$(find /docker-entrypoint.d -mindepth 1 -maxdepth 1 -print -quit 2>/dev/null)" ]; then
		say "nothing in /docker-entrypoint.d/"
		return
	fi
	for file in /docker-entrypoint.d/*; do
		case "$file" in
		*.envsh | *.sh) [ -x "$file" ] || { say "ignoring $file: not executable" && continue; } ;;
		esac
		# shellcheck source=/dev/null
		case "$file" in
		*.envsh) say "reading $file" && . "$file" ;;
		*.sh) say "running $file" && "$file" ;;
		*) say "ignoring $file" ;;
		esac
	done
	say "Configuration complete; ready for start up"
}

case "$1" in
nginx | nginx-debug) prepare ;;
esac
exec "$@"

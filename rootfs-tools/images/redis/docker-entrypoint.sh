#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Becomes redis-server as the user redis. Protected mode is off, as in the official image: the
# networks of the compose file say who reaches the server. A configuration file or an argument that
# names the setting wins.
set -e

case "$1" in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" != redis-server ]; then
	exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
	[ "$PWD" = / ] || find . \! -user redis -exec chown -h redis {} +
	exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
fi
umask 0077
# A word of ours on the command line would win over a setting in the file.
case " $* " in
*" --protected-mode "*) ;;
*) grep -qis -e "^ *protected-mode" -- "${2:-/dev/null}" || set -- "$@" --protected-mode no ;;
esac
exec "$@"

#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Becomes rabbitmq-server as the user rabbitmq. RABBITMQ_DEFAULT_USER, _PASS and _VHOST (each also as
# NAME_FILE) make the first user; RABBITMQ_ERLANG_COOKIE is the secret that nodes and tools share.
set -Eeo pipefail

# shellcheck source=rootfs-tools/images/base/entrypoint.bash
. /usr/local/lib/entrypoint.bash

if [[ "$1" = rabbitmq* ]] && [ "$(id -u)" = 0 ]; then
	if [ "$1" = rabbitmq-server ]; then
		find /var/lib/rabbitmq /etc/rabbitmq \! -user rabbitmq -exec chown rabbitmq {} + || true
	fi
	exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"
fi
# Nodes and tools share it; a tool that is faster than the server must not make one of its own as root.
cookie=$HOME/.erlang.cookie
if [ -n "${RABBITMQ_ERLANG_COOKIE:-}" ]; then
	rm -f "$cookie"
	(umask 377 && printf '%s' "$RABBITMQ_ERLANG_COOKIE" >"$cookie")
elif [ ! -e "$cookie" ]; then
	(umask 377 && head -c 24 /dev/urandom | base64 -w 0 | tr -d '+/=' >"$cookie")
fi
# The server itself knows these variables, but not the files, and no empty ones.
for name in RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS RABBITMQ_DEFAULT_VHOST; do
	read_setting "$name"
	[ -n "${!name}" ] || unset "$name"
done
# Before a health check wants to start it, too.
[ "$1" != rabbitmq-server ] || epmd -daemon
exec "$@"

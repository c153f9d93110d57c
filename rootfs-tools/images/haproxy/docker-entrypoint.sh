#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# haproxy as a master with workers in the foreground, so that SIGUSR2 reloads it; options alone are for
# it, anything else is run as it is.
set -e

case "${1:-}" in
-*) set -- haproxy "$@" ;;
esac
if [ "$1" = haproxy ]; then
	shift
	set -- haproxy -W -db "$@"
fi
exec "$@"

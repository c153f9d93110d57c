#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Options, and what is no command but a file, are for node.
set -e

is_command()
{
	case "$1" in
	-*) return 1 ;;
	esac
	if [ -f "$1" ] && [ ! -x "$1" ]; then
		return 1
	fi
	command -v "$1" >/dev/null 2>&1
}

is_command "${1:-}" || set -- node "$@"
exec "$@"

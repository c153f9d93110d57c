# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/common.sh - what every script here shares: messages and where things are.
# shellcheck disable=SC2034 # used by the scripts that source this file

# What makes root file systems is there, and su leaves it out.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$(dirname "$tools")
cache=${CORACLE_IMAGE_CACHE:-/var/cache/coracle-images}

# The files of directory $1 as one text: names, modes and contents.
directory_text()
{
	(
		cd "$1" || exit
		find . -printf '%m %y %p %l\n' | sort
		find . -type f -print0 | sort -z | xargs -0 -r cat
	)
}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

note()
{
	echo "${0##*/}: $*" >&2
}

# On a bare system there is no sudo.
need_root()
{
	[ "$(id -u)" != 0 ] || return 0
	if command -v sudo >/dev/null; then
		die "root is needed: sudo make ${0##*/}"
	fi
	die "root is needed: su -c 'make ${0##*/}'"
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/common.sh - what every script here shares: messages and where things are.
# shellcheck disable=SC2034 # used by the scripts that source this file

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$(dirname "$tools")
cache=${CORACLE_IMAGE_CACHE:-/var/cache/coracle-images}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

note()
{
	echo "${0##*/}: $*" >&2
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/follow.sh - long work whose output goes into a log, while who waits sees its last line every few seconds: on a
# terminal in one line that changes, elsewhere in a new one each time.

follower='' followed_log=''

# The last line of log $1, short: of a compiler's call only what is compiled.
follow_line()
{
	local line
	line=$(tail -n 20 "$1" 2>/dev/null | tr '\r' '\n' | grep -v '^[[:space:]]*$' | tail -n 1 | tr -d '[:cntrl:]')
	[[ "$line" != *' -c -o '* ]] || line=${line##* }
	echo "${line:0:60}"
}

follow_show()
{
	local log=$1 start=$SECONDS format='%4d s  %s\n' pause=4 sleeper=''
	if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
		format='\r\033[K%4d s  %s' pause=1
	fi
	# Who is ended while it waits leaves nobody sleeping.
	trap 'kill "$sleeper" 2>/dev/null; exit' TERM
	while sleep "$pause" & do
		sleeper=$!
		wait "$sleeper"
		# shellcheck disable=SC2059 # one of the two above
		printf "$format" $((SECONDS - start)) "$(follow_line "$log")" >&2
	done
}

# follow LOG COMMAND...: COMMAND may be a function, in which the first failure ends the script.
follow()
{
	followed_log=$1
	shift
	: >"$followed_log"
	follow_show "$followed_log" 9>&- </dev/null &
	follower=$!
	("$@") >"$followed_log" 2>&1
	follow_end
	followed_log=''
}

follow_end()
{
	[ -n "$follower" ] || return 0
	kill "$follower" 2>/dev/null || true
	wait "$follower" 2>/dev/null || true
	follower=''
	if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
		printf '\r\033[K' >&2
	fi
}

# For `trap … EXIT`: what was followed when the script ended has failed, or was interrupted.
follow_failed()
{
	local status=$?
	follow_end
	if [ "$status" = 130 ]; then
		note "interrupted; run again, it goes on from here"
		return
	fi
	[ -n "$followed_log" ] || return 0
	tail -n 20 "$followed_log" >&2
	note "failed; all of it is in $followed_log"
}

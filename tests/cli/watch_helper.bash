# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# watch_helper.bash - for files that watch: a watcher in the background, and what came of it.

load ../cli/helper

# watch [OPTION...]: in the background, out and err in files; waits until it looks.
watch()
{
	: >../out
	inside "$CORACLE" watch "$@" >../out 2>../err 3>&- &
	watcher=$!
	eventually 20 grep -q 'Watch enabled' ../out || fail "$(cat ../err)"
}

end_watch()
{
	local status=0
	inside pkill -TERM -f "^$CORACLE watch"
	wait "$watcher" || status=$?
	[ "$status" = 130 ] || fail "watch exited with $status" "$(cat ../err)"
}

content_is()
{
	[ "$(coracle exec -T "$1" cat "$2")" = "$3" ]
}

misses()
{
	! coracle exec "$1" test -e "$2"
}

# Everything that was changed in DIRECTORY before is in TARGET afterwards.
flush()
{
	echo flushed >"$1/flushed"
	eventually 10 coracle exec -T web test -e "$2/flushed"
}

lacks_line()
{
	! grep -F "$1" ../out || fail "'$1' is in the output"
}

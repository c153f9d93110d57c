# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# pull_helper.bash - registries in the world, the real one and a scripted one, and pulls that are cut.
#
#   real_registry NAME [YAML]     starts Debian's docker-registry; the lines go into its configuration;
#                                 sets $NAME to HOST:PORT. Only from file_setup: it stays.
#   images DIR SPEC...            makes a layout (tests/payload/registry_images.py), its list in DIR.list
#   blob_of DIR NAME KIND [N]     the digest (HEX) of the Nth blob of that kind
#   scripted ARGS...              starts tests/payload/registry.py; sets $registry to HOST:PORT
#   rules LINES                   replaces its rules
#   requests JQ-FILTER            its log so far, through jq -r, a line each
#   scripted_stop
#   pull_begin ARGS...            `coracle image pull ARGS` that can be cut: sets $pull_pid
#   stored                        what is in the store, as a text to compare

real_registry()
{
	local name=$1 port
	port=$((5000 + ${#REGISTRIES}))
	REGISTRIES=${REGISTRIES:-}x
	mkdir -p "$BATS_FILE_TMPDIR/$name"
	cat >"$BATS_FILE_TMPDIR/$name/config.yml" <<-YAML
	version: 0.1
	log: {level: error}
	storage: {filesystem: {rootdirectory: $BATS_FILE_TMPDIR/$name/data}, delete: {enabled: true}}
	http:
	  addr: 127.0.0.1:$port
	${2:-}
	YAML
	inside sh -c 'docker-registry serve "$1" >"$2" 2>&1 &' sh "$BATS_FILE_TMPDIR/$name/config.yml" \
		"$BATS_FILE_TMPDIR/$name/log"
	eventually 20 inside bash -c "echo >/dev/tcp/127.0.0.1/$port" ||
		fail "$(cat "$BATS_FILE_TMPDIR/$name/log")"
	export "$name=127.0.0.1:$port"
}

# Fast enough for tests: few attempts, short waits.
quick_transport()
{
	export CORACLE_REGISTRIES=$BATS_FILE_TMPDIR/registries.json
	cat >"$CORACLE_REGISTRIES" <<-JSON
	{"limits": {"retry-seconds": 0.05, "longest-wait-seconds": 0.2, "attempts": 3,
	            "stall-seconds": 2, "connect-seconds": 5}}
	JSON
}

images()
{
	local directory=$1
	shift
	python3 "$tests_dir/payload/registry_images.py" "$directory" "$@" >"$directory.list"
}

blob_of()
{
	awk -v name="$2" -v kind="$3" -v number="${4:-1}" \
		'$1 == name && $2 == kind && ++count == number {print $3}' "$1.list"
}

scripted()
{
	rm -f registry.port
	inside sh -c 'python3 "$@" >registry.port 2>registry.err & echo $! >registry.pid' sh \
		"$tests_dir/payload/registry.py" --log "$PWD/registry.log" "$@"
	eventually 20 test -s registry.port || fail "$(cat registry.err)"
	registry=127.0.0.1:$(head -n 1 registry.port | grep -oE '[0-9]+$')
}

rules()
{
	printf '%s\n' "$@" | inside curl -sS --data-binary @- "http://$registry/_rules" >/dev/null
}

requests()
{
	jq -r "$1" registry.log
}

scripted_stop()
{
	inside kill -9 "$(cat registry.pid)"
}

pull_begin()
{
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'echo $$ >pull.pid; exec "$0" image pull "$@" >pull.out 2>&1' "$CORACLE" "$@" &
	pull_job=$!
	eventually 5 test -s pull.pid
	pull_pid=$(cat pull.pid)
}

pull_kill()
{
	inside kill -9 "$pull_pid" 2>/dev/null || true
	wait "$pull_job" || true
	rm -f pull.pid
}

stored()
{
	inside sh -c 'cd "$1" && find layers images/blobs staging partial -mindepth 1 -maxdepth 2 ! -name ".*" |
		grep -vE "^layers/[^/]*/|/empty|^images/blobs/sha256\$" | sort' sh "${1:-$CORACLE_ROOT}"
}

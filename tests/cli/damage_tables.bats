# SPDX-License-Identifier: Apache-2.0
#
# What running containers and builds have on disk besides records: tables, journals, logs, locks, caches,
# damaged in each way that damage.py knows.

load damage_helper

export STRIDE=${DAMAGE_STRIDE:-4}

# The container of service a, which runs on through all of it.
running_project()
{
	full_project
	expect 0 coracle up -d
	id=$(inspect_of damaged-a-1 '{{.Id}}')
	pid=$(pid_of damaged-a-1)
	still="kill -0 $pid || { echo 'the container was ended' >&2; exit 200; }"
	check="$CORACLE system check --dry-run >&2"
}

end_project()
{
	expect 0 coracle down -t 0 --volumes
	nothing_runs
}

@test "names, leases and published ports" {
	running_project
	damage each "$CORACLE_RUN/networks/damaged_default/table" "$CORACLE ps -a" "$CORACLE network inspect damaged_default" \
		"$CORACLE debug dns a a >&2" "$CORACLE up -d" "$check" "$still"
	damage each "$CORACLE_RUN/networks/.ports" "$CORACLE port a 80" "$CORACLE debug ports >&2" "$CORACLE up -d" "$check" "$still"
	end_project
}

@test "the journal of events, with which no command waits" {
	local file
	for file in journal journal.1; do
		inside touch "$CORACLE_RUN/events/$file"
		damage each "$CORACLE_RUN/events/$file" "$CORACLE events --since 1h --until 0s" \
			"$CORACLE volume create v" "$CORACLE volume rm v"
		coracle volume rm v || true
	done
	inside rm -f "$CORACLE_RUN/events/journal.1"
}

@test "what a running container has" {
	local file
	running_project
	for file in "$CORACLE_ROOT/containers/$id/config.json" "$CORACLE_ROOT/containers/$id/$id-json.log" \
		"$CORACLE_RUN/containers/$id/keeper" "$CORACLE_ROOT/projects/damaged.lock"; do
		damage each "$file" "$CORACLE exec -T a true" "$CORACLE logs --tail 3" "$CORACLE logs --since 1h" \
			"$CORACLE ps -a" "$CORACLE up -d" "$check" "$still"
	done
	# With another key, each content of a secret is a new one.
	STRIDE=12 damage each "$CORACLE_ROOT/secrets/digest.key" "$CORACLE ps -a" "$CORACLE up -d"
	end_project
}

@test "what is written anew by each start" {
	local file
	running_project
	for file in hosts hostname resolv.conf; do
		STRIDE=12 damage each "$CORACLE_ROOT/containers/$id/$file" "$CORACLE restart -t 0 a" "$CORACLE exec -T a cat /etc/$file"
	done
	expect 0 coracle exec -T a cat /etc/hosts
	has "${id:0:12}" 127.0.0.1
	end_project
}

@test "a sandbox's file names no cgroup but its own: nobody else's processes are ended" {
	local other=ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff file
	running_project
	file=$CORACLE_RUN/sandboxes/$other
	inside mkdir -p "$CORACLE_RUN/sandboxes"
	inside sh -c 'printf "coracle/%s" "$1" >"$2"' sh "$id" "$file"
	expect 0 coracle ps -a
	damage remade "$file" "printf coracle/$other >$file" "$CORACLE ps -a" "$check" "$still"
	expect 0 inside kill -0 "$pid"
	inside rm -rf "$CORACLE_RUN/sandboxes"
	end_project
}

@test "records, holds, mounts and contexts of builds: the next build makes the same image" {
	local file
	mkdir -p "$BATS_TEST_TMPDIR/built" && cd "$BATS_TEST_TMPDIR/built"
	echo content >file
	printf 'FROM busybox\nCOPY file /file\nRUN --mount=type=cache,target=/c touch /c/x /made\n' >Dockerfile
	expect 0 coracle image build -q -t built .
	inside sh -c 'mkdir -p "$1/build/contexts"; echo x >"$1/build/contexts/ff"' sh "$CORACLE_ROOT"
	for file in $(inside sh -c 'cd "$1/build" && ls -d records/* mounts/*/mount.json mounts/*/size contexts/* kept' sh "$CORACLE_ROOT" 2>/dev/null); do
		damage each "$CORACLE_ROOT/build/$file" "$CORACLE system df -v" "$CORACLE image build -q -t built ." \
			"$CORACLE builder prune --dry-run" "$CORACLE system check --dry-run >&2"
	done
	damage remade "$CORACLE_ROOT/build/holds/dead" "echo ffff >$CORACLE_ROOT/build/holds/dead" \
		"$CORACLE image build -q -t built ." "$CORACLE builder prune --dry-run"
	expect 0 coracle image build -q -t built .
	expect 0 coracle system check
	coracle image rm built
	coracle builder prune -af
	coracle network prune -f
	inside rm -rf "$CORACLE_RUN/sandboxes"
}

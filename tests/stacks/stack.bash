# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# stack.bash - for stacks that are typed as people do: `docker` and `docker-compose` are this program
# under those names. files/ has what the stacks are made of.

# shellcheck source=tests/cli/helper.bash
load ../cli/helper

# shellcheck disable=SC2034 # for the bats files
files=$tests_dir/stacks/files
export BATS_TEST_TIMEOUT=${STACK_TEST_TIMEOUT:-300}

# file_setup calls it.
make_names()
{
	ln -sf "$CORACLE" "$BATS_FILE_TMPDIR/docker"
	ln -sf "$CORACLE" "$BATS_FILE_TMPDIR/docker-compose"
}

docker()
{
	inside timeout --foreground -k 5 "${CORACLE_TIMEOUT:-150}" "$BATS_FILE_TMPDIR/docker" "$@"
}

docker-compose()
{
	inside timeout --foreground -k 5 "${CORACLE_TIMEOUT:-150}" "$BATS_FILE_TMPDIR/docker-compose" "$@"
}

get()
{
	inside curl -fsS -m 10 "$@"
}

# values_of FIELD COUNT URL: the different values of a field in so many answers, sorted, in one line.
values_of()
{
	# shellcheck disable=SC2016 # expanded inside
	inside bash -c 'for _ in $(seq "$2"); do
			curl -fsS -m 10 "$3" | jq -r ".$1" || echo FAILED
		done | sort -u | tr "\n" " "' - "$@"
}

# values_are COUNT FIELD URL: there are so many, and every request was answered.
values_are()
{
	local values
	values=$(values_of "$2" 40 "$3")
	[[ "$values" != *FAILED* ]] && [ "$(wc -w <<<"$values")" = "$1" ]
}

# keep_asking URL: one request after the other until done_asking, which fails if one of them has.
keep_asking()
{
	rm -f "$BATS_TEST_TMPDIR"/asking.*
	# shellcheck disable=SC2016 # expanded inside
	inside bash -c 'until [ -e "$2.stop" ]; do
			curl -fsS -m 10 -o /dev/null "$1" 2>>"$2.failed" && echo >>"$2.answered"
		done' - "$1" "$BATS_TEST_TMPDIR/asking" 3>&- 4>&- &
	asking=$!
}

done_asking()
{
	touch "$BATS_TEST_TMPDIR/asking.stop"
	wait "$asking" || true
	[ "$(wc -l <"$BATS_TEST_TMPDIR/asking.answered")" -gt 5 ] || fail "there were hardly any requests"
	[ ! -s "$BATS_TEST_TMPDIR/asking.failed" ] || fail "requests have failed:" "$(cat "$BATS_TEST_TMPDIR/asking.failed")"
}

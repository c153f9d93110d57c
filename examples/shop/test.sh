#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test.sh [URL] - does the shop that is up do what it is for? As a CI job asks it: docs/ci.md.
# shellcheck disable=SC2317 # functions are called through expect
set -eu

url=${1:-http://localhost:8080}
failed=0

# expect WHAT TEXT CMD...: the command succeeds, and the text is in what it prints.
expect()
{
	what=$1 text=$2
	shift 2
	if answer=$("$@" 2>&1) && printf '%s' "$answer" | grep -qF -- "$text"; then
		echo "ok      $what"
	else
		printf 'FAILED  %s: no "%s" in: %s\n' "$what" "$text" "$answer"
		failed=1
	fi
}

get()
{
	curl -fsS -m 10 "$@"
}

# The header of so many answers: how many different ones are there?
frontends()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
		get -o /dev/null -D - "$url/" | grep -i '^x-frontend'
	done | sort -u | wc -l
}

expect 'the front page' 'The shop is open' get "$url/"
expect 'the health of the API' '"status": "ok"' get "$url/api/health"
expect 'an item is stored' '"id"' get -d '{"name": "a boat"}' "$url/api/items"
expect 'and found again' 'a boat' get "$url/api/items"
expect 'a value is cached' '' get -X PUT -d yes "$url/api/cache/open"
expect 'and read from the cache' 'yes' get "$url/api/cache/open"
expect 'the configuration' 'hello' get "$url/api/config"
expect 'all three frontends answer' 3 frontends
exit $failed

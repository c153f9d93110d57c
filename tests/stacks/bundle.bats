#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The shop as a bundle: made on one root, brought up on an empty one without any way out.

load ../cli/helper

file_setup()
{
	load_image nginx python-db postgres redis
	coracle -f "$project_dir/examples/shop/compose.yaml" build -q
}

there()
{
	inside "$CORACLE" --root "$BATS_TEST_TMPDIR/root" --run /run/elsewhere "$@"
}

@test "the shop's bundle comes up on an empty root in a network namespace without an uplink" {
	expect 0 coracle -f "$project_dir/examples/shop/compose.yaml" bundle --secrets -o "$BATS_TEST_TMPDIR/shop.tar"
	cd "$BATS_TEST_TMPDIR"
	route=$(inside ip route show default)
	inside ip route del default
	[ -z "$(inside ip route show default)" ]
	expect 0 there up -f shop.tar -d --wait --wait-timeout 120
	eventually 20 inside curl -fsS -m 5 -o answer http://127.0.0.1:8080/api/items
	expect 0 there -f shop.tar ps --format json
	[ "$(jq -r .Health <<<"$output" | sort -u)" = healthy ]
	[ "$(wc -l <<<"$output")" = 7 ]
	expect 0 there -p shop down -v -t 0
	# shellcheck disable=SC2086
	inside ip route add $route
}

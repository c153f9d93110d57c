# SPDX-License-Identifier: Apache-2.0
# tests/run itself: a file that fails has one more go when that is asked for, and it is told.

setup()
{
	cd "$BATS_TEST_TMPDIR" || return 1
	export CORACLE_TEST_SUMMARY=$BATS_TEST_TMPDIR/summary
	# Not "@": bats would take them for cases of this file.
	sed "s|^%|@|; s|WAS|$PWD/was|g" >once.bats <<-'END'
		%test "steady" {
			true
		}
		%test "only the second time" {
			[ -e WAS ] || { touch WAS && echo the reason && false; }
		}
	END
	sed "s|^%|@|" >never.bats <<-'END'
		%test "never" {
			false
		}
	END
}

layer()
{
	run env -u BATS_TEST_FILTER bash -c 'unset ${!BATS_*} && exec "$@"' bash "${BATS_TEST_DIRNAME%/*}/run" cli "$@"
	last=${lines[-1]}
}

@test "passed alone: counted so, and named as unsteady" {
	AGAIN=1 layer once.bats
	[ "$status" = 0 ]
	[ "$last" = "2 passed, 0 failed" ]
	[[ $output == *"FAIL $BATS_TEST_TMPDIR/once.bats: only the second time"*"the reason"*"again, alone: once.bats"* ]]
	[ "$(cat summary)" = "2 0 0
unsteady $BATS_TEST_TMPDIR/once.bats: only the second time" ]
}

@test "failed alone as well: failed" {
	AGAIN=1 layer never.bats
	[ "$status" = 1 ]
	[ "$last" = "0 passed, 1 failed" ]
	[ "$(cat summary)" = "0 1 0
FAIL $BATS_TEST_TMPDIR/never.bats: never" ]
}

@test "more files than that: none has another go" {
	AGAIN=1 layer once.bats never.bats
	[ "$last" = "1 passed, 2 failed" ]
	[[ $output != *again* ]]
}

@test "nobody asked: none has another go" {
	AGAIN='' layer once.bats
	[ "$last" = "1 passed, 1 failed" ]
}

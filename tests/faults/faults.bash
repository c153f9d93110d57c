# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# faults.bash - runs the scenarios of the Python files beside it inside the test world.
#
#   FAULTS_SCALE=5    five times as many kills, loops and cases (1 by default)
#   FAULTS_SEED=123   the same random choices again; a failure prints its own

# shellcheck source=tests/cli/helper.bash
load ../cli/helper

export BATS_TEST_TIMEOUT=${FAULTS_TEST_TIMEOUT:-600}
FAULTS=$tests_dir/faults

file_setup()
{
	export KILLER=$BATS_FILE_TMPDIR/killer
	cc -O2 -D_GNU_SOURCE -o "$KILLER" "$FAULTS/killer.c"
	export REFUSER=$BATS_FILE_TMPDIR/refuser
	cc -O2 -D_GNU_SOURCE -o "$REFUSER" "$FAULTS/refuser.c"
}

# scenario FILE NAME [ARGS]
scenario()
{
	local file=$1
	shift
	export PLACE=$BATS_TEST_TMPDIR/place IMAGE=$IMAGE_CACHE/busybox/image.tar
	mkdir -p "$PLACE"
	inside python3 "$FAULTS/$file.py" "$@"
}

# refused ARGS: a scenario of refusing.py, below the refuser.
refused()
{
	export PLACE=$BATS_TEST_TMPDIR/place
	mkdir -p "$PLACE"
	inside "$REFUSER" python3 "$FAULTS/refusing.py" "$@"
}

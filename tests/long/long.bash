# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# long.bash - for files that need what a test world does not have: the network of this machine, and all
# of the images. ROOT and RUN are the file's own; projects are taken down after each test.

# shellcheck source=tests/cli/helper.bash
load ../cli/helper

# For each test anew; setup_file makes it.
export CORACLE_ROOT=${LONG_DIR:-}/root CORACLE_RUN=${LONG_DIR:-}/run
export BATS_TEST_TIMEOUT=${LONG_TEST_TIMEOUT:-900} CORACLE_TIMEOUT=${LONG_TEST_TIMEOUT:-900}

coracle()
{
	timeout --foreground -k 5 "$CORACLE_TIMEOUT" "$CORACLE" "$@"
}

# What cannot be made for want of a network is a reason to skip the file.
make_images()
{
	"$project_dir/rootfs-tools/make-image" --load "$@" >"$LONG_DIR/make-image.log" 2>&1 ||
		touch "$LONG_DIR/no-images"
}

setup_file()
{
	LONG_DIR=$(mktemp -d /tmp/coracle-long.XXXXXX)
	export LONG_DIR CORACLE_ROOT=$LONG_DIR/root CORACLE_RUN=$LONG_DIR/run
	file_setup
}

setup()
{
	[ ! -e "$LONG_DIR/no-images" ] || skip "images cannot be made: $(tail -n 1 "$LONG_DIR/make-image.log")"
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown_file()
{
	rm -rf "$LONG_DIR"
}

teardown()
{
	[ ! -e compose.yaml ] || coracle down --volumes --timeout 1 >/dev/null 2>&1
}

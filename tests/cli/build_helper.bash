# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# build_helper.bash - for files that build. The network of a build that was killed stays for the next
# one, so it is taken away before anything is compared.

load ../cli/helper

# What stays once the first build was there.
file_setup()
{
	printf 'FROM busybox\nRUN true\n' | coracle image build -q -f - "$BATS_FILE_TMPDIR"
}

eval "plain_$(declare -f teardown)"

teardown()
{
	coracle network prune -f >/dev/null # where a build was killed
	plain_teardown
}

# context NAME <<EOF: a directory with this Dockerfile; enters it.
context()
{
	mkdir -p "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1" || return
	cat >Dockerfile
}

# One field of an image: image_of NAME '{{.Created}}'.
image_of()
{
	coracle image inspect --format "$2" "$1"
}

lacks_error()
{
	[[ "$stderr" != *"$1"* ]] || fail "'$1' is in stderr:" "$stderr"
}

error_matches()
{
	[[ "$stderr" =~ $1 ]] || fail "stderr does not match '$1':" "$stderr"
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# oci_helper.bash - bundles out of the busybox image, and the OCI command line in the test's world.
#
#   load helper
#   load oci_helper
#   bundle NAME [JQ-FILTER]   makes $BUNDLES/NAME: what `coracle oci spec` writes, changed by the filter
#   oci ARGS                  coracle-oci with a root of its own

# What is unpacked, not installed: rootfs-tools/install-dependencies.
for package in containerd podman conmon; do
	PATH=$IMAGE_CACHE/packages/$package/usr/bin:$PATH
done
BUNDLES=/mnt/bundles
OCI_ROOT=/mnt/oci

# has_engine PROGRAM...: are they here? With sanitizers nothing of another engine is run: the time is theirs, and what
# they call has files of its own (oci_life, oci_exec, oci_bundles).
has_engine()
{
	local program
	[ "${VARIANT:-release}" = release ] || return 1
	for program; do
		command -v "$program" >/dev/null || return 1
	done
}

# needs_engine PROGRAM...
needs_engine()
{
	has_engine "$@" || skip "there is no $1 here, or this is a build with sanitizers"
}

file_setup()
{
	ln -s "$CORACLE" "$BATS_FILE_TMPDIR/coracle-oci"
	coracle container create --name source busybox >/dev/null
	inside mkdir -p "$BUNDLES/rootfs"
	coracle container export source | inside tar -x -C "$BUNDLES/rootfs"
	coracle container rm source >/dev/null
	if declare -F oci_setup >/dev/null; then
		oci_setup
	fi
}

oci()
{
	inside timeout --foreground -k 5 60 "$BATS_FILE_TMPDIR/coracle-oci" --root "$OCI_ROOT" "$@"
}

# As `expect`, for what leaves a process behind: that has its output in the files out and err of the test's
# directory, not in the pipes whose end bats would wait for.
expect_apart()
{
	local wanted=$1
	shift
	status=0
	"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null 3>&- 4>&- || status=$?
	stderr=$(cat "$BATS_TEST_TMPDIR/err")
	[ "$status" = "$wanted" ] || fail "'$*' exited with $status, not $wanted" "stderr: $stderr"
}

# The root file system is shared and read-only, unless the filter says otherwise.
bundle()
{
	local filter=${2:-.}
	inside mkdir -p "$BUNDLES/$1"
	inside rm -f "$BUNDLES/$1/config.json"
	oci spec --bundle "$BUNDLES/$1"
	# shellcheck disable=SC2016 # expanded inside
	inside sh -c 'cd "$1" && jq --arg rootfs "$2/rootfs" "$3" config.json >new && mv new config.json' sh \
		"$BUNDLES/$1" "$BUNDLES" ".root.path = \$rootfs | .process.terminal = false | $filter"
}

# What busybox's shell is to run.
script()
{
	jq -nr --arg text "$1" '".process.args = [\"/bin/sh\", \"-c\", " + ($text | tojson) + "]"'
}

status_of()
{
	oci state "$1" | jq -r .status
}

status_is()
{
	[ "$(status_of "$1")" = "$2" ]
}

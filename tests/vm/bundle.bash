# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# OCI bundles of busybox, for test scripts on their own kernel. $manager and $cgroups_path ("machine.slice:test:")
# may say who makes their cgroups.

oci()
{
	"$CORACLE" oci ${manager:+--cgroup-manager "$manager"} "$@"
}

# bundle NAME COMMAND FILTER: /tmp/NAME/config.json runs the shell's COMMAND, changed by jq's FILTER.
bundle()
{
	mkdir -p /tmp/layout "/tmp/$1/rootfs"
	[ -e /tmp/layout/index.json ] || tar -C /tmp/layout -xf "$IMAGE_CACHE/busybox/image.tar"
	find /tmp/layout/blobs -type f -size +100k -exec tar -C "/tmp/$1/rootfs" -xzf {} \;
	(
		cd "/tmp/$1" || exit 1
		rm -f config.json
		oci spec
		jq --arg command "$2" '.process.args = ["sh", "-c", $command] | .process.terminal = false |
			.root.readonly = false | del(.linux.resources) | .linux.cgroupsPath = "'"${cgroups_path:-/bundles/}$1"'" | '"$3" \
			config.json >changed
		mv changed config.json
	)
}

# start NAME: in the background, without this script's streams.
start()
{
	oci run --detach --bundle "/tmp/$1" "$1" </dev/null >"/tmp/$1/output" 2>&1
}

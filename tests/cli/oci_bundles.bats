# SPDX-License-Identifier: Apache-2.0
# Bundles that differ in one thing each: what comes of them, and that crun and runc come to the same. The cases are in
# tests/payload/oci_bundle_cases.py, what is wanted of ours in oci_bundles.golden. OCI_PEERS=strict: what peers do
# otherwise, and the cases do not say, is a failure.
load helper
load oci_helper

GOLDEN=$tests_dir/payload/oci_bundles.golden

peers()
{
	local name path
	# Unpacked, not installed: rootfs-tools/install-dependencies.
	for name in crun runc; do
		path=$(PATH=$IMAGE_CACHE/packages/$name/usr/bin:$IMAGE_CACHE/packages/$name/usr/sbin:$PATH command -v "$name") || continue
		echo "$name=$path"
	done
}

compare()
{
	local -a peers
	mapfile -t peers < <(peers)
	# shellcheck disable=SC2016 # expanded inside
	LD_LIBRARY_PATH=$(echo "$IMAGE_CACHE"/packages/libyajl2/usr/lib/*) \
		run inside unshare --mount --cgroup --propagation private sh -c '
		umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"' sh \
		python3 "$tests_dir/payload/oci_bundles.py" "$GOLDEN" "$BUNDLES/rootfs" "$1" ${WRITE:+--write} ${OCI_PEERS:+--strict} \
		"ours=$BATS_FILE_TMPDIR/coracle-oci" "${peers[@]}"
	[ "$status" = 0 ] || fail "$output"
	echo "# $(tail -n 1 <<<"$output")" >&3
}

@test "namespaces" {
	compare namespaces
}

@test "mounts" {
	compare mounts
}

@test "the root, masks and devices" {
	compare root
}

@test "the process" {
	compare process
}

@test "filters of system calls, settings of the kernel" {
	compare filters
}

@test "life, hooks and wrong bundles" {
	compare life
}

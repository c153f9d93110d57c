# SPDX-License-Identifier: Apache-2.0
#
# Records of networks, volumes, secrets, stacks, images and builds, tables and journals, damaged in each
# way that damage.py knows: all commands end, say what is wrong, and remove nothing that is not theirs.

load damage_helper

# Of the members' damages one in so many; the check-long has all of them.
export STRIDE=${DAMAGE_STRIDE:-4}

# gone COMMAND TEST: COMMAND may fail; if it does not, TEST must hold: it does not say that it has done
# what it has not.
gone()
{
	echo "$1 && { $2 || { echo 'it is said to be removed' >&2; exit 200; }; }"
}

@test "descriptions of networks" {
	local bridge
	expect 0 coracle network create --label a=b --subnet 10.77.0.0/24 --aux-address h=10.77.0.9 \
		--opt com.docker.network.driver.mtu=1400 n
	bridge=br-$(coracle network inspect --format '{{slice .Id 0 12}}' n)
	damage remade "$CORACLE_ROOT/networks/n.json" "$CORACLE network rm n; $CORACLE network create n" \
		"$CORACLE network ls" "$CORACLE network inspect n" "$CORACLE ps -a" \
		"$CORACLE system check --dry-run >&2" "$(gone "$CORACLE network rm n" "! ip link show $bridge 2>/dev/null")"
	[ "$cases" -ge 35 ]
	coracle network rm n || true
}

@test "descriptions of volumes" {
	damage remade "$CORACLE_ROOT/volumes/v/volume.json" "$CORACLE volume create --label a=b v" \
		"$CORACLE volume ls" "$CORACLE volume inspect v" "$CORACLE volume create v" \
		"$CORACLE system check --dry-run >&2" "$CORACLE system df" \
		"$(gone "$CORACLE volume rm v" "[ ! -e $CORACLE_ROOT/volumes/v ]")"
	[ "$cases" -ge 20 ]
	coracle volume rm v || true
}

@test "secrets, configs, and their keys" {
	local kind
	for kind in secret config; do
		damage remade "$CORACLE_ROOT/${kind}s/s.json" "echo x | $CORACLE $kind create --label a=b s -" \
			"$CORACLE $kind ls" "$CORACLE $kind inspect s" "$CORACLE system check --dry-run >&2" \
			"$(gone "$CORACLE $kind rm s" "[ ! -e $CORACLE_ROOT/${kind}s/s.json ]")"
		[ "$cases" -ge 22 ]
		coracle "$kind" rm s || true
	done
	export CORACLE_SECRET_ENCRYPT=1
	damage remade "$CORACLE_ROOT/secrets/host.key" "echo x | $CORACLE secret create --encrypt s -" \
		"$CORACLE secret ls" "$CORACLE secret inspect s" "echo x | $CORACLE secret create --encrypt t -; $CORACLE secret rm t"
	coracle secret rm s || true
}

@test "stacks" {
	# No name that an id could begin with: without "is_service" it is stack s-1's service s-1_s-1.
	damage remade "$CORACLE_ROOT/stacks/s-1.json" "$CORACLE swarm init; $CORACLE service create --name s-1 --replicas 0 busybox" \
		"$CORACLE stack ls" "$CORACLE service ls" "$CORACLE service ps s-1" "$CORACLE service inspect s-1" \
		"$CORACLE system check --dry-run >&2" \
		"$(gone "$CORACLE service rm s-1" "[ ! -e $CORACLE_ROOT/stacks/s-1.json ]")"
	[ "$cases" -ge 25 ]
	coracle service rm s-1 || true
	coracle swarm leave --force
	expect 0 coracle network prune --force
}

@test "the index of images, a manifest, a layer's record: the image is as it was when they are put back" {
	local file hex
	for file in index.json oci-layout; do
		damage each "$CORACLE_ROOT/images/$file" "$CORACLE image ls" "$CORACLE image inspect busybox" \
			"$CORACLE image tag busybox other" "$CORACLE system df" "$CORACLE system check --dry-run >&2"
	done
	hex=$(inside jq -r '.manifests[0].digest | sub("sha256:"; "")' "$CORACLE_ROOT/images/index.json")
	damage each "$CORACLE_ROOT/images/blobs/sha256/$hex" "$CORACLE image ls" "$CORACLE image inspect busybox" \
		"$CORACLE image save -o saved.tar busybox" "$CORACLE system check --dry-run >&2"
	file=$(inside sh -c 'ls -d "$1"/layers/*/layer.json | grep -v empty | head -n 1' sh "$CORACLE_ROOT")
	damage each "$file" "$CORACLE image ls" "$CORACLE system df" "$CORACLE image inspect busybox" \
		"$CORACLE system check --dry-run >&2"
	expect 0 coracle image inspect busybox
	expect 0 coracle system check
}

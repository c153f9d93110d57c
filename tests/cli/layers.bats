#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Layers: hostile and odd ones (tests/payload/hostile_cases.py), the same tree as umoci unpacks, and
# stacks of many.

load helper

# hostile GROUP: every case of the group, in a ROOT of its own, of 64 MiB.
hostile()
{
	inside mkdir -p "$WORLD_DIR/hostile"
	inside mount -t tmpfs -o size=64m,nr_inodes=20000,mode=700 tmpfs "$WORLD_DIR/hostile"
	run inside python3 "$tests_dir/payload/hostile_layers.py" run "$1" "$CORACLE" "$WORLD_DIR/hostile"
	inside umount "$WORLD_DIR/hostile"
	inside rm -rf "$WORLD_DIR/hostile" "$WORLD_DIR/canary"
	[ "$status" = 0 ] || fail "$(grep -v ^passed <<<"$output")"
}

@test "names and links that want to leave the layer" { hostile escape; }
@test "hard links" { hostile links; }
@test "whiteouts and opaque directories" { hostile whiteouts; }
@test "the same name again, as something else" { hostile again; }
@test "owners, modes, times and attributes" { hostile metadata; }
@test "the dialects of tar" { hostile dialects; }
@test "sparse files" { hostile sparse; }
@test "compressed layers" { hostile compressed; }
@test "bombs end with an error, in bounded memory" { hostile bombs; }

@test "there are more than two hundred such cases" {
	run python3 "$tests_dir/payload/hostile_layers.py" list
	[ "${#lines[@]}" -gt 200 ] || fail "only ${#lines[@]}"
}

# same_as_umoci ARCHIVE: unpacks with both and compares.
same_as_umoci()
{
	local other=(coracle --root "$WORLD_DIR/second" --run "$WORLD_DIR/second-run")
	inside mkdir -p "$WORLD_DIR/umoci/image"
	expect 0 "${other[@]}" image load -i "$1"
	expect 0 inside tar -xf "$1" -C "$WORLD_DIR/umoci/image"
	expect 0 inside sh -c "cd $WORLD_DIR/umoci && umoci unpack --image image:\$(jq -r '.manifests[0].annotations[
		\"org.opencontainers.image.ref.name\"]' image/index.json) bundle"
	expect 0 inside sh -c "python3 $tests_dir/payload/compare_trees.py $WORLD_DIR/umoci/bundle/rootfs \
		$WORLD_DIR/second/layers/[0-9a-f]*/diff"
	inside rm -rf "$WORLD_DIR/second" "$WORLD_DIR/second-run" "$WORLD_DIR/umoci"
	matches "^$2 entries compared, 0 differ"
}

@test "a Debian base image is the same tree as umoci's" {
	load_image debian
	same_as_umoci "$IMAGE_CACHE/debian/image.tar" '[0-9]{4,}'
}

@test "a layer of 30,000 files is the same tree as umoci's" {
	python3 "$tests_dir/payload/big_layers.py" packages 30000 big.tar 300
	same_as_umoci big.tar '3[0-9]{4}'
}

# stack COUNT: an image of so many layers, and a container that reads and writes on top of them.
stack()
{
	python3 "$tests_dir/payload/stack_image.py" "$IMAGE_CACHE/busybox/image.tar" stack.tar "stack:$1" "$1"
	expect 0 coracle image load -i stack.tar
	project "stack$1" <<-YAML
	services:
	  a:
	    image: stack:$1
	    network_mode: none
	YAML
}

@test "a container on 64, 200 and 500 layers reads and writes" {
	for count in 64 200 500; do
		stack "$count"
		expect 0 coracle run --rm -T a sh -c 'cat stack/newest; echo; ls stack | grep -c layer-; ls stack | grep gone
			echo x >stack/layer-9 && cat stack/layer-9
			rm stack/layer-10 && ls stack | grep -c layer-; mv stack/newest stack/renamed; cat stack/renamed'
		is "$count"$'\n'"$((count - 1))"$'\n'"gone-$count"$'\nx\n'"$((count - 2))"$'\n'"$count"
		coracle image rm "stack:$count"
	done
}

@test "more layers than the kernel can stack are refused when the image comes in" {
	python3 "$tests_dir/payload/stack_image.py" "$IMAGE_CACHE/busybox/image.tar" stack.tar stack:501 501
	expect 1 coracle image load -i stack.tar
	has_error '501 layers are more than 500'
}

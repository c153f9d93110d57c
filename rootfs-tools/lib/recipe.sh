# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/recipe.sh - images of one layer that a recipe fills: what Dockerfiles stand on.
# shellcheck disable=SC2154 # tools, cache: lib/common.sh

recipe_of()
{
	echo "$tools/recipes/$1/recipe"
}

recipe_key()
{
	{
		dpkg --print-architecture
		cat "$tools"/lib/{oci,debian}.sh
		directory_text "$tools/recipes/$1"
	} | sha256_of -
}

# Makes image $1 with key $2.
recipe_make()
{
	local name=$1 key=$2 work=$cache/$1.new
	rm -rf "$work"
	mkdir -p "$work"
	echo "filling a root file system, which tells nothing until it is done"
	(
		# shellcheck source=/dev/null
		. "$(recipe_of "$name")"
		umask 022
		fill "$work/root"
	)
	oci_layer_write "$work/root" "$work"
	oci_archive_write "$work/image.tar" "$name:latest" "$(cat "$tools/recipes/$name/config.json")" "$work"
	rm -rf "$work/root" "$work"/layer.tar.gz
	echo "$key" >"$work/key"
	rm -rf "${cache:?}/$name"
	mv "$work" "$cache/$name"
}

recipe_image()
{
	local name=$1 key
	key=$(recipe_key "$name")
	if [ "$(cat "$cache/$name/key" 2>/dev/null)" = "$key" ]; then
		return
	fi
	note "making $name"
	follow "$cache/$name.log" recipe_make "$name" "$key"
	rm "$cache/$name.log"
}

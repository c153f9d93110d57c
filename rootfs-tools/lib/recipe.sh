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

recipe_image()
{
	local name=$1 key work=$cache/$1.new
	key=$(recipe_key "$name")
	if [ "$(cat "$cache/$name/key" 2>/dev/null)" = "$key" ]; then
		return
	fi
	note "making $name"
	rm -rf "$work"
	mkdir -p "$work"
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

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/dockerfile.sh - images that Coracle builds of images/NAME/Dockerfile, in a store of their own
# beside the archives ($cache/store), so that nobody's store or build cache is touched.
# shellcheck disable=SC2154 # tools, cache, project: lib/common.sh

CORACLE=${CORACLE:-$project/out/coracle}

# NAME-alpine is images/alpine on top of NAME.
dockerfile_directory()
{
	if [[ "$1" = *-alpine ]] && [ -f "$tools/images/${1%-alpine}/Dockerfile" ]; then
		echo "$tools/images/alpine"
	else
		echo "$tools/images/$1"
	fi
}

dockerfile_of()
{
	echo "$(dockerfile_directory "$1")/Dockerfile"
}

dockerfile_reference()
{
	case "$1" in
	*-alpine) echo "coracle/${1%-alpine}:alpine" ;;
	*) echo "coracle/$1:latest" ;;
	esac
}

# The images of ours that $1 is made of.
dockerfile_parents()
{
	{
		[[ "$1" != *-alpine ]] || echo "${1%-alpine}"
		sed -nE 's#^(FROM |ARG BASE=|.*--from=)coracle/([a-z-]+).*#\2#p' "$(dockerfile_of "$1")"
	} | sort -u
}

dockerfile_key()
{
	local name=$1 parent
	{
		for parent in $(dockerfile_parents "$name"); do
			cat "$cache/$parent/key"
		done
		echo "$name"
		directory_text "$(dockerfile_directory "$name")"
		directory_text "$cache/host"
	} | sha256_of -
}

in_store()
{
	"$CORACLE" --root "$cache/store/root" --run "$cache/store/run" "$@" 9>&-
}

# What image $1 is called in the store.
store_name()
{
	if [ -f "$(recipe_of "$1")" ]; then
		echo "coracle/$1:latest"
	else
		dockerfile_reference "$1"
	fi
}

# Sees to it that the store has image $1 as its archive is.
store_provide()
{
	local name=$1
	mkdir -p "$cache/store/provided"
	if cmp -s "$cache/$name/key" "$cache/store/provided/$name"; then
		return
	fi
	in_store image load -q -i "$cache/$name/image.tar" >/dev/null
	[ ! -f "$(recipe_of "$name")" ] || in_store image tag "$name:latest" "$(store_name "$name")"
	cp "$cache/$name/key" "$cache/store/provided/$name"
}

dockerfile_build()
{
	local name=$1 base=()
	[[ "$name" != *-alpine ]] || base=(--build-arg "BASE=coracle/${name%-alpine}")
	in_store image build --progress plain --build-context "host=$cache/host" "${base[@]}" \
		-t "$(dockerfile_reference "$name")" "$(dockerfile_directory "$name")"
}

# Makes image $1 with key $2.
dockerfile_make()
{
	local name=$1 key=$2 parent work=$cache/$1.new
	for parent in $(dockerfile_parents "$name"); do
		store_provide "$parent"
	done
	dockerfile_build "$name"
	rm -rf "$work"
	mkdir -p "$work"
	in_store image save -o "$work/image.tar" "$(dockerfile_reference "$name")"
	in_store image prune -f >/dev/null
	echo "$key" >"$work/key"
	rm -rf "${cache:?}/$name"
	mv "$work" "$cache/$name"
	cp "$cache/$name/key" "$cache/store/provided/$name"
}

dockerfile_image()
{
	local name=$1 parent key
	for parent in $(dockerfile_parents "$name"); do
		make_image "$parent"
	done
	key=$(dockerfile_key "$name")
	if [ "$(cat "$cache/$name/key" 2>/dev/null)" = "$key" ]; then
		return
	fi
	note "building $name"
	follow "$cache/$name.log" dockerfile_make "$name" "$key"
	rm "$cache/$name.log"
}

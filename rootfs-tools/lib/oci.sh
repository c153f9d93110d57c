# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/oci.sh - layers and OCI archives out of directories, with tar, gzip, sha256sum and jq.
#
# The same directory gives the same bytes: entries are sorted, times are clamped to
# SOURCE_DATE_EPOCH, gzip records no name.

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1735689600}

# Sorted tar of directory $1 on stdout; further arguments go to tar.
oci_tar()
{
	local root=$1
	shift
	tar --create --file - --format=posix --sort=name --numeric-owner --one-file-system \
		--mtime "@$SOURCE_DATE_EPOCH" --clamp-mtime --xattrs --xattrs-include='security.capability' \
		--pax-option='exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' \
		--directory "$root" "$@"
}

# An overlay's upper directory $1 -> layer on stdout: character devices 0/0 are deletions, the
# attribute trusted.overlay.opaque is a directory that hides what was below it. $2 is scratch.
oci_layer_tar()
{
	local root=$1 scratch=$2 path
	mkdir -p "$scratch/marks"
	: >"$scratch/gone"
	while IFS= read -r path; do
		[ "$(stat -c %t,%T "$root/$path")" = 0,0 ] || continue
		echo "./$path" >>"$scratch/gone"
		mkdir -p "$scratch/marks/$(dirname "$path")"
		: >"$scratch/marks/$(dirname "$path")/.wh.$(basename "$path")"
	done < <(find "$root" -type c -printf '%P\n' | sort)
	while IFS= read -r path; do
		path=${path#"$root"/}
		mkdir -p "$scratch/marks/$path"
		: >"$scratch/marks/$path/.wh..wh..opq"
	done < <(find "$root" -mindepth 1 -type d -exec \
		getfattr --absolute-names --only-values -n trusted.overlay.opaque -- {} \; \
		-printf '%p\n' 2>/dev/null | sed -n 's/^y//p' | sort)
	(cd "$scratch/marks" && find . -name '.wh.*' | sort) >"$scratch/marks.list"
	oci_tar "$root" --anchored --no-wildcards --exclude-from "$scratch/gone" . \
		--directory "$scratch/marks" --no-recursion --files-from "$scratch/marks.list"
}

sha256_of()
{
	sha256sum "$1" | cut -d ' ' -f 1
}

# Directory $1 -> $2/layer.tar.gz and $2/diff-id.
oci_layer_write()
{
	local root=$1 out=$2 scratch=$2/scratch
	rm -rf "$scratch"
	mkdir -p "$scratch"
	mkfifo "$scratch/pipe"
	sha256sum <"$scratch/pipe" | cut -d ' ' -f 1 >"$out/diff-id" &
	oci_layer_tar "$root" "$scratch" | tee "$scratch/pipe" | gzip -n -6 >"$out/layer.tar.gz"
	wait $!
	rm -rf "$scratch"
}

# Adds file $2 to the blobs of layout $1; prints its digest.
oci_blob()
{
	local digest
	digest=$(sha256_of "$2")
	ln -f "$2" "$1/blobs/sha256/$digest" 2>/dev/null || cp "$2" "$1/blobs/sha256/$digest"
	echo "$digest"
}

oci_descriptor()
{
	jq -n --arg type "$1" --arg digest "sha256:$2" --argjson size "$(stat -c %s "$3")" \
		'{mediaType: $type, digest: $digest, size: $size}'
}

# Writes archive $1 named $2 with config document $3 out of the layer directories that follow.
oci_archive_write()
{
	local out=$1 name=$2 settings=$3 layout layers='[]' diffs='[]' directory digest
	local prefix=application/vnd.oci.image
	shift 3
	layout=$(mktemp -d "$(dirname "$out")/layout.XXXXXX")
	mkdir -p "$layout/blobs/sha256"
	for directory; do
		digest=$(oci_blob "$layout" "$directory/layer.tar.gz")
		layers=$(jq --argjson one "$(oci_descriptor "$prefix.layer.v1.tar+gzip" "$digest" \
			"$directory/layer.tar.gz")" '. + [$one]' <<<"$layers")
		diffs=$(jq --arg one "sha256:$(cat "$directory/diff-id")" '. + [$one]' <<<"$diffs")
	done
	jq -n -S --argjson config "$settings" --argjson diffs "$diffs" --arg name "$name" \
		--arg architecture "$(dpkg --print-architecture)" \
		--arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
		'{created: $created, architecture: $architecture, os: "linux", config: $config,
		  rootfs: {type: "layers", diff_ids: $diffs},
		  history: [$diffs[] | {created: $created, created_by: ("make-image " + $name)}]}' \
		>"$layout/config"
	digest=$(oci_blob "$layout" "$layout/config")
	jq -n -S --argjson layers "$layers" --arg type "$prefix.manifest.v1+json" \
		--argjson config "$(oci_descriptor "$prefix.config.v1+json" "$digest" "$layout/config")" \
		'{schemaVersion: 2, mediaType: $type, config: $config, layers: $layers}' \
		>"$layout/manifest"
	digest=$(oci_blob "$layout" "$layout/manifest")
	oci_descriptor "$prefix.manifest.v1+json" "$digest" "$layout/manifest" |
		jq -S --arg name "$name" '{schemaVersion: 2, manifests: [. + {annotations:
			{"org.opencontainers.image.ref.name": $name}}]}' >"$layout/index.json"
	printf '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	rm "$layout/config" "$layout/manifest"
	oci_tar "$layout" --owner=0 --group=0 --mode=a+rX --hard-dereference \
		oci-layout index.json blobs >"$out.new"
	rm -rf "$layout"
	mv "$out.new" "$out"
}

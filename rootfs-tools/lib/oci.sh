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

sha256_of()
{
	sha256sum "$1" | cut -d ' ' -f 1
}

# Directory $1 -> $2/layer.tar.gz and $2/diff-id.
oci_layer_write()
{
	local root=$1 out=$2
	oci_tar "$root" . >"$out/layer.tar"
	sha256_of "$out/layer.tar" >"$out/diff-id"
	gzip -n -6 <"$out/layer.tar" >"$out/layer.tar.gz"
	rm "$out/layer.tar"
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

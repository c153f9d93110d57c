# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/unpack.sh - Debian packages of which only the files are wanted: unpacked below the cache, never installed, so
# that no service of theirs is enabled and no kernel of theirs is booted.
# shellcheck disable=SC2154 # cache: lib/common.sh

unpack_directory()
{
	echo "$cache/packages/$1"
}

unpack_is_done()
{
	[ -e "$(unpack_directory "$1")/.version" ]
}

# The package with the files: the one that a metapackage as linux-image-amd64 depends on, or the package itself.
unpack_source()
{
	local files
	files=$(apt-cache depends "$1" 2>/dev/null | sed -n "s/.*Depends: \(${1%-*}-[0-9].*\)/\1/p" | head -n 1)
	echo "${files:-$1}"
}

# What modprobe wants to know of the modules of a kernel.
unpack_index_modules()
{
	local release
	# Where /usr is merged, the modules are there.
	[ ! -d "$1/usr/lib/modules" ] || [ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
	for release in "$1"/lib/modules/*; do
		[ ! -d "$release" ] || depmod -b "$1" "${release##*/}"
	done
}

unpack_package()
{
	local name=$1 directory work
	directory=$(unpack_directory "$name")
	work=$directory.new
	rm -rf "$work"
	mkdir -p "$work/root"
	(
		cd "$work" || exit
		apt-get download -q -o APT::Sandbox::User=root "$(unpack_source "$name")"
		dpkg-deb -x ./*.deb root
		basename ./*.deb >root/.version
	)
	unpack_index_modules "$work/root"
	rm -rf "$directory"
	mv "$work/root" "$directory"
	rm -rf "$work"
}

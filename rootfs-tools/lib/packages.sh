# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/packages.sh - packages and sources of Debian that are unpacked but not installed: of another
# release, of another machine, or archives that this one has not. apt works on lists of its own, so
# this host's never change.
# shellcheck disable=SC2034,SC2154 # used by the scripts that source this file; debian_sources: lib/debian.sh

# What is unpacked and built once is kept here.
build_cache=${CORACLE_BUILD_CACHE:-/var/cache/coracle-build}

# The host's sources as those of release $1 alone.
debian_release()
{
	local sources suite
	sources=$(debian_sources)
	suite=$(debian_suite "$sources")
	grep -E " $suite( |\$)" <<<"$sources" | sed -E "s/ $suite( |\$)/ $1\1/"
}

# Makes apt's lists of release $2 for machine $3 below directory $1, as packages_apt wants them.
packages_lists()
{
	local directory=$1 release=$2 machine=$3
	mkdir -p "$directory"/{state/lists,cache/archives}/partial
	: >"$directory/status"
	debian_release "$release" >"$directory/sources.list"
	sed 's/^deb /deb-src /' "$directory/sources.list" >"$directory/sources"
	cat "$directory/sources" >>"$directory/sources.list"
	cat >"$directory/apt.conf" <<-CONF
	APT::Architecture "$machine";
	APT::Architectures { "$machine"; };
	APT::Sandbox::User "root";
	Dir::State "$directory/state";
	Dir::State::status "$directory/status";
	Dir::Cache "$directory/cache";
	Dir::Etc::SourceList "$directory/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Acquire::Languages "none";
	CONF
	packages_apt "$directory" apt-get -q update >"$directory/log" 2>&1 ||
		{ tail -n 5 "$directory/log" >&2 && die "cannot read the packages of $release"; }
}

# Runs a command of apt in the current directory with the lists of directory $1.
packages_apt()
{
	local directory=$1
	shift
	APT_CONFIG=$directory/apt.conf "$@"
}

# Unpacks packages of the host's release for machine $2, with all that they need, into directory $1, unless they are
# there; prints it.
packages_root()
{
	local root=$1 machine=$2 sources key line arguments=()
	shift 2
	key=$(sha256sum <<<"$*" | cut -d ' ' -f 1)
	if [ "$(cat "$root.key" 2>/dev/null)" != "$key" ]; then
		note "unpacking packages for $machine in $root"
		sources=$(debian_sources)
		while read -r line; do
			[ -z "$line" ] || arguments+=(--aptopt="$line")
		done < <(debian_transport)
		rm -rf "$root" "$root.key"
		mkdir -p "${root%/*}"
		nice mmdebstrap --quiet --mode=root --variant=extract --format=directory --architectures="$machine" \
			"${arguments[@]}" --aptopt='Apt::Install-Recommends "false"' --include="$(tr ' ' , <<<"$*")" \
			"$(debian_suite "$sources")" "$root" - <<<"$sources" >&2 ||
			die "cannot unpack the packages for $machine"
		rm -rf "$root"/var/{cache,lib}/apt
		echo "$key" >"$root.key"
	fi
	echo "$root"
}

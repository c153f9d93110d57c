# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/debian.sh - Debian root file systems from the package sources that this host uses.
#
# apt runs on the host (with the host's proxies and certificates), dpkg inside the new root. The
# package lists and archives are kept in the cache beside the images, never in an image.
# shellcheck disable=SC2154 # cache: lib/common.sh

# The host's Debian sources as one-line entries, without passwords; foreign sources are left out.
debian_sources()
{
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg options='' found
	[ ! -e "$keyring" ] || options="[signed-by=$keyring] "
	list()
	{
		# shellcheck disable=SC2016 # apt expands these
		apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
			'Created-By: Packages' 'Origin: Debian' | sort -u
	}
	found=$(list)
	[ -n "$found" ] || { apt-get update -q >&2 && found=$(list); }
	[ -n "$found" ] || die "apt has no Debian source configured (see /etc/apt/sources.list)"
	sed -E "s|^|deb $options|; s|//[^/@ ]*@|//|" <<<"$found"
}

# The suite whose name is the shortest: bookworm of bookworm, bookworm-updates, bookworm-security.
debian_suite()
{
	awk '{print $(NF - 1)}' <<<"$1" | awk '{print length, $0}' | sort -n | head -n 1 | cut -d ' ' -f 2
}

# How the host reaches its sources.
debian_transport()
{
	apt-config dump | grep -E '^Acquire::(https?|Check-|Retries|Allow(Insecure|Weak))[^ ]* "..*";$' ||
		true
}

debian_dpkg_options=(
	'path-exclude=/usr/share/doc/*'
	'path-include=/usr/share/doc/*/copyright'
	'path-exclude=/usr/share/man/*'
	'path-exclude=/usr/share/info/*'
	'path-exclude=/usr/share/lintian/*'
	'path-exclude=/usr/share/locale/*'
	'path-include=/usr/share/locale/locale.alias'
)

# Makes a minimal Debian in directory $1.
debian_base()
{
	local root=$1 sources suite line option arguments=()
	sources=$(debian_sources)
	suite=$(debian_suite "$sources")
	while read -r line; do
		[ -z "$line" ] || arguments+=(--aptopt="$line")
	done < <(debian_transport)
	for option in "${debian_dpkg_options[@]}"; do
		arguments+=(--dpkgopt="$option")
	done
	mmdebstrap --quiet --mode=root --variant=minbase --format=directory "${arguments[@]}" \
		--aptopt='Apt::Install-Recommends "false"' "$suite" "$root" - <<<"$sources"
	rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/{hostname,resolv.conf,machine-id}
	debian_clean "$root"
}

# What a package's installation leaves behind and no image needs.
debian_clean()
{
	local root=$1
	rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/{apt,debconf,ldconfig,man}/* \
		"$root"/var/log/{apt,*.log,*/*.log,btmp,lastlog,wtmp,faillog,journal} \
		"$root"/var/lib/dpkg/*-old "$root"/etc/{passwd,group,shadow,gshadow,subuid,subgid}- \
		"$root"/tmp/* "$root"/run/* "$root"/var/lib/systemd "$root"/root/.gnupg
	rm -f "$root"/usr/sbin/policy-rc.d "$root"/etc/.pwd.lock
	find "$root/usr" -name __pycache__ -type d -prune -exec rm -rf {} +
	: >"$root/etc/machine-id"
}

# Runs a command in root $1, in namespaces of its own.
debian_chroot()
{
	local root=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
		DEBIAN_FRONTEND=noninteractive \
		unshare --mount --pid --uts --ipc --fork --kill-child --propagation private sh -ec '
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		exec chroot "$root" "$@"' sh "$root" "$@"
}

# Installs packages into root $1.
debian_install()
{
	local root=$1 configuration option
	shift
	mkdir -p "$cache"/apt/{lists,archives}/partial
	configuration=$(mktemp "$cache/apt/conf.XXXXXX")
	debian_sources >"$configuration.list"
	{
		debian_transport
		cat <<CONF
Dir "$root/";
Dir::State::Lists "$cache/apt/lists/";
Dir::Cache::Archives "$root/var/cache/apt/archives/";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourcelist "$configuration.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::trusted "/etc/apt/trusted.gpg";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d/";
Dir::Log "/dev/null";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Architecture "$(dpkg --print-architecture)";
Acquire::Languages "none";
DPkg::Chroot-Directory "$root";
DPkg::Use-Pty "false";
CONF
		for option in "${debian_dpkg_options[@]}"; do
			echo "DPkg::Options { \"--$option\"; };"
		done
	} >"$configuration"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	mkdir -p "$root/var/cache/apt/archives"
	# dpkg reads the archives inside the root: they are bound there from the cache.
	# shellcheck disable=SC2016 # expanded by the inner shell
	APT_CONFIG=$configuration DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		unshare --mount --propagation private bash -ec '
		root=$1 cache=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		mount --bind "$cache/apt/archives" "$root/var/cache/apt/archives"
		if [ -z "$(find "$cache/apt/lists" -maxdepth 1 -name "*Packages*" -mmin -720)" ]; then
			apt-get update -qq
		fi
		apt-get install -y -qq "$@"' bash "$root" "$cache" "$@" >"$configuration.log" 2>&1 || {
		tail -n 30 "$configuration.log" >&2
		rm -f "$configuration"*
		die "cannot install packages: $*"
	}
	rm -f "$configuration"*
}

# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/debian.sh - a Debian root file system from the package sources that this host uses.
#
# apt runs on the host (with the host's proxies and certificates), dpkg inside the new root.

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

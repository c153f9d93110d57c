# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib/host.sh - what builds of images need to know of this host, as a directory: the context `host`.
# shellcheck disable=SC2154 # debian_transport: lib/debian.sh

host_trust=/etc/ssl/certs/ca-certificates.crt

# The certificates of the host's bundle that Debian's package does not have, one a file in $1. Those
# of a company's proxy, for example: an image without them reaches nothing behind it.
host_certificates()
{
	local directory=$1 shipped=()
	mkdir -p "$directory"
	[ -r "$host_trust" ] || return 0
	mapfile -t shipped < <(find /usr/share/ca-certificates -name '*.crt' 2>/dev/null)
	awk -v directory="$directory" -v bundle="$host_trust" '
		/-BEGIN CERTIFICATE-/ {text = ""}
		{text = text $0 "\n"}
		/-END CERTIFICATE-/ {
			if (FILENAME != bundle) shipped[text] = 1
			else if (!(text in shipped)) printf "%s", text >(directory "/host-" ++count ".crt")
		}' "${shipped[@]}" "$host_trust"
}

# Fills directory $1; the same host gives the same bytes.
host_context()
{
	local directory=$1
	rm -rf "$directory"
	host_certificates "$directory/certificates"
	{
		debian_transport
		if [ -r "$host_trust" ]; then
			cp "$host_trust" "$directory/ca.crt"
			echo 'Acquire::https::CaInfo "/run/host/ca.crt";'
		fi
	} >"$directory/apt.conf"
	chmod -R u=rwX,go=rX "$directory"
}

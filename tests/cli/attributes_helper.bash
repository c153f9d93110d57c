# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# attributes_helper.bash - one service with the attributes that a test is about, and a look from inside.

# service NAME [LINE...]: a project with service x that sleeps and has these attributes.
service()
{
	local name=$1
	shift
	project "$name" <<-YAML
	services:
	  x:
	    image: busybox
	    command: sleep 3600
	    stop_signal: SIGKILL
	$(printf '    %s\n' "$@")
	YAML
}

inner()
{
	coracle exec -T x "$@"
}

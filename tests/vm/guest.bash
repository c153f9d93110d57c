# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2013,SC2317
#
# guest.bash SCRIPT - what a test script on its own kernel finds: networking is up, the modules are
# loaded, coracle's default directories are empty, image busybox is loaded. The script defines
# functions test_*: each is one case, run in order, and fails when any command in it fails.

set -o pipefail
script=$1
ip link set lo up
modprobe -a bridge veth nf_tables nft_masq nft_nat nft_chain_nat nft_ct nft_fib_inet nft_numgen \
	nf_conntrack dummy 2>/dev/null
# The root cgroup has no limits of its own, so a leaf for the tests themselves is enough. systemd has made one.
if [ "$(cat /proc/1/comm)" != systemd ]; then
	mkdir -p /sys/fs/cgroup/tests && echo $$ >/sys/fs/cgroup/tests/cgroup.procs
	for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
		echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
	done
fi
# A way out that leads nowhere, so that there is a default route.
ip link add uplink type dummy && ip address add 192.0.2.1/24 dev uplink && ip link set uplink up &&
	ip route add default via 192.0.2.2

coracle()
{
	"$CORACLE" "$@"
}

# project NAME <<EOF: makes a directory with compose.yaml and enters it.
project()
{
	mkdir -p "/tmp/$1" && cd "/tmp/$1" && cat >compose.yaml
}

inspect_of()
{
	coracle inspect --format "$2" "$1"
}

# The cgroup directory of a container, from its own process.
cgroup_of()
{
	echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(inspect_of "$1" '{{.State.Pid}}')/cgroup")"
}

eventually()
{
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || { echo "did not happen in time: $*" && return 1; }
		sleep 0.2
	done
}

# A command that must fail. (With `! CMD`, set -e would not end the case.)
fails()
{
	! "$@" || { echo "this did not fail: $*" && return 1; }
}

equal()
{
	[ "$1" = "$2" ] || { echo "'$1' is not '$2'" && return 1; }
}

coracle image load -i "$IMAGE_CACHE/busybox/image.tar" >/dev/null || echo "# cannot load busybox"
# shellcheck source=/dev/null
. "$script" || exit 98
mapfile -t cases < <(declare -F | sed -n 's/^declare -f test_//p')
echo "1..${#cases[@]}"
number=0 failed=0
for case in "${cases[@]}"; do
	number=$((number + 1))
	# Not in a condition: there `set -e` would not end the case.
	text=$(
		set -e
		"test_$case" 2>&1
	)
	status=$?
	if [ "$status" = 0 ]; then
		echo "ok $number - ${case//_/ }"
	else
		echo "not ok $number - ${case//_/ }"
		tail -n 30 <<<"$text" | sed 's/^/# /'
		failed=1
	fi
	[ -e "/tmp/$case/stays" ] || [ ! -e "/tmp/$case/compose.yaml" ] || (cd "/tmp/$case" && coracle down -v -t 0 >/dev/null 2>&1)
done
exit "$failed"

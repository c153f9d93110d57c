# SPDX-License-Identifier: Apache-2.0
# What a container sends as somebody else goes no further than its port of the bridge.
load helper

all="advert advert_behind_options advert_hardware advert_of_others arp_gateway arp_of_others arp_reply arp_request arp_tagged"
all+=" frame_of_others redirect router solicit solicit_link_local solicit_of_nobody udp4 udp6"
own="own_advert own_arp own_arp_probe own_end own_solicit own_solicit_link_local own_solicit_of_nobody own_udp4 own_udp6"

of()
{
	coracle inspect -f "{{range .NetworkSettings.Networks}}{{.$2}}{{end}}" "$name-$1-1"
}

pid_of()
{
	coracle inspect -f '{{.State.Pid}}' "$name-$1-1"
}

# three NAME [LINE-FOR-EVIL]: the third's lines of compose go into its service.
three()
{
	name=$1
	project "$1" <<-YAML
	x-service: &service {image: busybox, command: sleep 3600, stop_signal: SIGKILL}
	services:
	  evil: {<<: *service${2:+, $2}}
	  victim: *service
	  db: *service
	networks: {default: {enable_ipv6: true, ipam: {config: [{subnet: 10.66.0.0/24}, {subnet: "fd66::/64"}]}${3:+, $3}}}
	YAML
	expect 0 coracle up -d
	bridge=$(inside ip -o link show type bridge | sed 's/^[0-9]*: \([^:]*\):.*/\1/')
}

# Sends all frames from evil, and says in $heard_by_victim and $heard_by_host which came.
attack()
{
	local at
	for at in victim host; do
		listener "$at" >"$BATS_TEST_TMPDIR/$at" 2>&1 &
		eval "$at=\$!"
		eventually 20 grep -q listening "$BATS_TEST_TMPDIR/$at"
	done
	inside nsenter -t "$(pid_of evil)" -n python3 "$tests_dir/payload/spoof.py" send eth0 "$(of evil IPAddress)" \
		"$(of evil GlobalIPv6Address)" "$(of db MacAddress)" "$(of db IPAddress)" "$(of db GlobalIPv6Address)" 10.66.0.1
	# shellcheck disable=SC2154 # assigned by eval
	wait "$victim" "$host"
	heard_by_victim=$(tail -n 1 "$BATS_TEST_TMPDIR/victim")
	heard_by_host=$(tail -n 1 "$BATS_TEST_TMPDIR/host")
}

listener()
{
	if [ "$1" = host ]; then
		inside timeout 60 python3 "$tests_dir/payload/spoof.py" listen "$bridge"
	else
		inside timeout 60 nsenter -t "$(pid_of victim)" -n python3 "$tests_dir/payload/spoof.py" listen eth0
	fi
}

# Whom the victim and the host take for db.
neighbours()
{
	local address
	for address in "$(of db IPAddress)" "$(of db GlobalIPv6Address)"; do
		inside nsenter -t "$(pid_of victim)" -n ip neigh show "$address" | grep -o 'lladdr [^ ]*'
		inside ip neigh show "$address" dev "$bridge" | grep -o 'lladdr [^ ]*'
	done
}

speaks()
{
	coracle exec -T evil ping -c 1 -W 5 "$(of victim "$1")" >/dev/null
}

@test "frames in another's name reach neither neighbours nor the host" {
	three poison
	eventually 20 coracle exec -T victim ping -c 1 -W 5 "$(of db IPAddress)"
	eventually 20 coracle exec -T victim ping -c 1 -W 5 "$(of db GlobalIPv6Address)"
	neighbours >"$BATS_TEST_TMPDIR/neighbours"
	attack
	[ "$heard_by_victim" = "$own" ] || fail "$heard_by_victim"
	[ "$heard_by_host" = "$own" ] || fail "$heard_by_host"
	neighbours | diff "$BATS_TEST_TMPDIR/neighbours" -
	[ "$(uniq "$BATS_TEST_TMPDIR/neighbours")" = "lladdr $(of db MacAddress)" ]
	eventually 20 speaks IPAddress
	eventually 20 speaks GlobalIPv6Address
}

@test "the guard knows given hardware addresses, and those of restarted and replaced containers" {
	three given 'mac_address: "02:66:00:00:00:77"'
	[ "$(of evil MacAddress)" = 02:66:00:00:00:77 ]
	eventually 20 speaks IPAddress
	expect 0 coracle restart -t 0 evil
	eventually 20 speaks IPAddress
	attack
	[ "$heard_by_victim" = "$own" ] || fail "$heard_by_victim"
	expect 0 coracle stop evil
	expect 0 coracle start evil
	eventually 20 speaks GlobalIPv6Address
	expect 0 coracle up -d --force-recreate evil
	eventually 20 speaks IPAddress
	inside nft flush ruleset
	eventually 10 coracle system check
	attack
	[ "$heard_by_victim" = "$own" ] || fail "$heard_by_victim"
	expect 0 coracle rm -fs evil
	expect 0 coracle system check
	expect 0 inside nft list ruleset
	lacks 02:66:00:00:00:77
}

@test "an endpoint or a network may be left unguarded" {
	three free 'networks: {default: {driver_opts: {io.coracle.endpoint.guard: "false"}}}'
	attack
	[ "$(tr ' ' '\n' <<<"$heard_by_victim" | sort)" = "$(tr ' ' '\n' <<<"$all $own" | sort)" ] || fail "$heard_by_victim"
	expect 0 coracle down
	three loose "" 'driver_opts: {io.coracle.bridge.guard: "false"}'
	attack
	[ "$(tr ' ' '\n' <<<"$heard_by_victim" | sort)" = "$(tr ' ' '\n' <<<"$all $own" | sort)" ] || fail "$heard_by_victim"
}

@test "link-local addresses that are given are the container's" {
	three local 'networks: {default: {link_local_ips: [169.254.7.7, "fe80::77"]}}'
	expect 0 inside nsenter -t "$(pid_of victim)" -n ip route add 169.254.7.7 dev eth0
	eventually 20 inside nsenter -t "$(pid_of victim)" -n ping -c 1 -W 5 169.254.7.7
	eventually 20 inside nsenter -t "$(pid_of victim)" -n ping -c 1 -W 5 fe80::77%eth0
}

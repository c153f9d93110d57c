/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_layout.h"

#include "base/cleanup.h"
#include "net/firewall_layout_private.h"

const struct nft_set firewall_sets[FIREWALL_SET_COUNT] = {
	[FIREWALL_BRIDGES] = {"bridges", KEY(IF)},
	[FIREWALL_SAME] = {"same", KEY(IF, IF)},
	[FIREWALL_INTERNAL] = {"internal", KEY(IF)},
	[FIREWALL_OPEN] = {"open", KEY(IF)},
	[FIREWALL_SUBNETS4] = {"subnets4", true, KEY(IP)},
	[FIREWALL_SUBNETS6] = {"subnets6", true, KEY(IP6)},
	[FIREWALL_HOME4] = {"home4", true, KEY(IF, IP)},
	[FIREWALL_HOME6] = {"home6", true, KEY(IF, IP6)},
	[FIREWALL_MASQUERADE4] = {"masquerade4", true, KEY(IP)},
	[FIREWALL_MASQUERADE6] = {"masquerade6", true, KEY(IP6)},
	[FIREWALL_PORTS4] = {"ports4", false, KEY(PROTO, PORT), DATA(IP, PORT)},
	[FIREWALL_PORTS6] = {"ports6", false, KEY(PROTO, PORT), DATA(IP6, PORT)},
	[FIREWALL_PORTS_AT4] = {"ports_at4", false, KEY(IP, PROTO, PORT), DATA(IP, PORT)},
	[FIREWALL_PORTS_AT6] = {"ports_at6", false, KEY(IP6, PROTO, PORT), DATA(IP6, PORT)},
	[FIREWALL_SHARED4] = {"shared4", false, KEY(PROTO, PORT, SLOT), DATA(IP, PORT)},
	[FIREWALL_SHARED6] = {"shared6", false, KEY(PROTO, PORT, SLOT), DATA(IP6, PORT)},
	[FIREWALL_SHARED_AT4] = {"shared_at4", false, KEY(IP, PROTO, PORT, SLOT), DATA(IP, PORT)},
	[FIREWALL_SHARED_AT6] = {"shared_at6", false, KEY(IP6, PROTO, PORT, SLOT), DATA(IP6, PORT)},
	[FIREWALL_GUARDED] = {"guarded", KEY(IF)},
	[FIREWALL_GUARD_LINK_LOCAL] = {"link_local", KEY(IF)},
	[FIREWALL_GUARD_ANY_SOURCE] = {"any_source", KEY(IF)},
	[FIREWALL_GUARD_MACS] = {"macs", KEY(IF, MAC)},
	[FIREWALL_GUARD_ADDRESSES4] = {"addresses4", KEY(IF, MAC, IP)},
	[FIREWALL_GUARD_ADDRESSES6] = {"addresses6", KEY(IF, MAC, IP6)},
};

static const struct nft_chain chains[] = {
	{"publish", NULL, 0, 0},
	{"raw_prerouting", "filter", NF_INET_PRE_ROUTING, -300},
	{"nat_prerouting", "nat", NF_INET_PRE_ROUTING, -100},
	{"nat_output", "nat", NF_INET_LOCAL_OUT, -100},
	{"nat_postrouting", "nat", NF_INET_POST_ROUTING, 100},
	{"filter_forward", "filter", NF_INET_FORWARD, 0},
};

/* `iifname . oifname`, `oifname . saddr`: a name takes four registers. */
static const struct nft_rule rules[] = {
	/* Loopback addresses: bridges have route_localnet on. Only the host itself may use them. */
	{"raw_prerouting",
	 {IIF(0), IS_NOT(16, "lo"), IPV4_ONLY, FIELD(NFT_PAYLOAD_NETWORK_HEADER, 16, 1, 0),
	  IS(1, {127}), DROP}},
	{"raw_prerouting",
	 {IIF(0), IS_NOT(16, "lo"), IPV4_ONLY, FIELD(NFT_PAYLOAD_NETWORK_HEADER, 12, 1, 0),
	  IS(1, {127}), DROP}},
	/* Containers' addresses cannot be reached from outside, only published ports. */
	{"raw_prerouting",
	 {IIF(0), NOT_IN("bridges"), IS_NOT(16, "lo"), IPV4_ONLY, TARGET4(0), IN("subnets4"),
	  DROP}},
	{"raw_prerouting",
	 {IIF(0), NOT_IN("bridges"), IS_NOT(16, "lo"), IPV6_ONLY, TARGET6(0), IN("subnets6"),
	  DROP}},
	/* Of the host, an internal network reaches its own gateway address only. No route leads to
	 * the others, but with CAP_NET_RAW none is needed. Link-local addresses are the bridge's.
	 */
	{"raw_prerouting",
	 {IIF(0), IN("internal"), IPV4_ONLY, LOCAL(NFTA_FIB_F_DADDR), IIF(0), TARGET4(4),
	  NOT_IN("home4"), DROP}},
	{"raw_prerouting",
	 {IIF(0), IN("internal"), IPV6_ONLY, LOCAL(NFTA_FIB_F_DADDR),
	  FIELD(NFT_PAYLOAD_NETWORK_HEADER, 24, 1, 0), IS_NOT(1, {0xfe}), IIF(0), TARGET6(4),
	  NOT_IN("home6"), DROP}},

	/* Published ports of the host's own addresses. The kernel cannot route ::1 to a bridge:
	 * the monitor relays it. */
	{"nat_prerouting", {LOCAL(NFTA_FIB_F_DADDR), JUMP("publish")}},
	{"nat_output", {LOCAL(NFTA_FIB_F_DADDR), JUMP("publish")}},
	{"publish", {IPV6_ONLY, TARGET6(0), IS(16, {[15] = 1}), RETURN}},
	{"publish",
	 {IPV4_ONLY, TARGET4(0), PROTOCOL(1), TARGET_PORT(2), THROUGH("ports_at4"), DNAT4}},
	{"publish", {IPV4_ONLY, PROTOCOL(0), TARGET_PORT(1), THROUGH("ports4"), DNAT4}},
	{"publish",
	 {IPV4_ONLY, TARGET4(0), PROTOCOL(1), TARGET_PORT(2), RANDOM_SLOT(3), THROUGH("shared_at4"),
	  DNAT4}},
	{"publish",
	 {IPV4_ONLY, PROTOCOL(0), TARGET_PORT(1), RANDOM_SLOT(2), THROUGH("shared4"), DNAT4}},
	{"publish",
	 {IPV6_ONLY, TARGET6(0), PROTOCOL(4), TARGET_PORT(5), THROUGH("ports_at6"), DNAT6}},
	{"publish", {IPV6_ONLY, PROTOCOL(0), TARGET_PORT(1), THROUGH("ports6"), DNAT6}},
	{"publish",
	 {IPV6_ONLY, TARGET6(0), PROTOCOL(4), TARGET_PORT(5), RANDOM_SLOT(6), THROUGH("shared_at6"),
	  DNAT6}},
	{"publish",
	 {IPV6_ONLY, PROTOCOL(0), TARGET_PORT(1), RANDOM_SLOT(2), THROUGH("shared6"), DNAT6}},

	/* Hairpin: a container reaches itself or its neighbour through a published port. By
	 * subnet and not by incoming interface, which br_netfilter hides. */
	{"nat_postrouting", {DNATTED, IPV4_ONLY, OIF(0), SOURCE4(4), IN("home4"), MASQUERADE}},
	{"nat_postrouting", {DNATTED, IPV6_ONLY, OIF(0), SOURCE6(4), IN("home6"), MASQUERADE}},
	/* The container answers other addresses of the host as it answers other hosts. Given the
	 * bridge's, connections of several addresses, each with time stamps of its own, would meet
	 * in what the container remembers of one. */
	{"nat_postrouting",
	 {DNATTED, IPV4_ONLY, FIELD(NFT_PAYLOAD_NETWORK_HEADER, 12, 1, 0), IS_NOT(1, {127}),
	  SOURCE4(0), NOT_IN("masquerade4"), NOT_IN("subnets4"), RETURN}},
	{"nat_postrouting",
	 {DNATTED, IPV6_ONLY, FIELD(NFT_PAYLOAD_NETWORK_HEADER, 8, 1, 0), IS_NOT(1, {0xfe}),
	  FIELD(NFT_PAYLOAD_NETWORK_HEADER, 8, 1, 0), IS_NOT(1, {0}), SOURCE6(0),
	  NOT_IN("masquerade6"), NOT_IN("subnets6"), RETURN}},
	/* Host to container: from an address that the container can answer to. */
	{"nat_postrouting", {OIF(0), IN("bridges"), LOCAL(NFTA_FIB_F_SADDR), MASQUERADE}},
	/* Out of the network. */
	{"nat_postrouting",
	 {IPV4_ONLY, SOURCE4(0), IN("masquerade4"), OIF(0), SOURCE4(4), NOT_IN("home4"),
	  MASQUERADE}},
	{"nat_postrouting",
	 {IPV6_ONLY, SOURCE6(0), IN("masquerade6"), OIF(0), SOURCE6(4), NOT_IN("home6"),
	  MASQUERADE}},

	/* Nobody else's traffic. */
	{"filter_forward", {IIF(0), NOT_IN("bridges"), OIF(0), NOT_IN("bridges"), ACCEPT}},
	{"filter_forward", {IIF(0), OIF(4), IN("same"), ACCEPT}},
	{"filter_forward", {IIF(0), IN("internal"), DROP}},
	{"filter_forward", {OIF(0), IN("internal"), DROP}},
	{"filter_forward", {ESTABLISHED, ACCEPT}},
	{"filter_forward", {DNATTED, ACCEPT}},
	{"filter_forward", {OIF(0), IN("open"), ACCEPT}},
	{"filter_forward", {OIF(0), IN("bridges"), DROP}},
};

/* Filled in by the first call: the guard's counts are another file's. */
const struct firewall_part *firewall_part(size_t index)
{
	static struct firewall_part parts[FIREWALL_PARTS];

	parts[0] = (struct firewall_part){
		NFPROTO_INET, FIREWALL_BRIDGES,	  FIREWALL_GUARDED, chains, array_length(chains),
		rules,	      array_length(rules)};
	parts[1] = (struct firewall_part){
		NFPROTO_BRIDGE,		  FIREWALL_GUARDED,	      FIREWALL_SET_COUNT,
		firewall_guard_chains,	  firewall_guard_chain_count, firewall_guard_rules,
		firewall_guard_rule_count};
	return &parts[index];
}

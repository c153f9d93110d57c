/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_layout.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "base/cleanup.h"

#define IF	  NFT_TYPE_INTERFACE
#define IP	  NFT_TYPE_ADDRESS4
#define IP6	  NFT_TYPE_ADDRESS6
#define PROTO	  NFT_TYPE_PROTOCOL
#define PORT	  NFT_TYPE_SERVICE
#define SLOT	  NFT_TYPE_MARK
#define KEY(...)  .key = {__VA_ARGS__}
#define DATA(...) .data = {__VA_ARGS__}

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
};

const struct nft_chain firewall_chains[] = {
	{"publish", NULL, 0, 0},
	{"raw_prerouting", "filter", NF_INET_PRE_ROUTING, -300},
	{"nat_prerouting", "nat", NF_INET_PRE_ROUTING, -100},
	{"nat_output", "nat", NF_INET_LOCAL_OUT, -100},
	{"nat_postrouting", "nat", NF_INET_POST_ROUTING, 100},
	{"filter_forward", "filter", NF_INET_FORWARD, 0},
};
const size_t firewall_chain_count = array_length(firewall_chains);

/* The words of the rules below. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HOST_NUMBER(n)                                                                             \
	{                                                                                          \
		(n), 0, 0, 0                                                                       \
	}
#else
#define HOST_NUMBER(n)                                                                             \
	{                                                                                          \
		0, 0, 0, (n)                                                                       \
	}
#endif
#define LOAD(key, to)                                                                              \
	{                                                                                          \
		.op = NFT_OP_META, .value = (key), .reg = (to)                                     \
	}
#define IIF(to) LOAD(NFT_META_IIFNAME, to)
#define OIF(to) LOAD(NFT_META_OIFNAME, to)
#define IS(n, bytes_)                                                                              \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .length = (n), .bytes = bytes_                               \
	}
#define IS_NOT(n, bytes_)                                                                          \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .is_inverted = true, .length = (n), .bytes = bytes_          \
	}
#define IN(set)                                                                                    \
	{                                                                                          \
		.op = NFT_OP_LOOKUP, .name = (set)                                                 \
	}
#define NOT_IN(set)                                                                                \
	{                                                                                          \
		.op = NFT_OP_LOOKUP, .is_inverted = true, .name = (set)                            \
	}
#define FIELD(base_, offset_, length_, to)                                                         \
	{                                                                                          \
		.op = NFT_OP_PAYLOAD, .base = (base_), .offset = (offset_), .length = (length_),   \
		.reg = (to)                                                                        \
	}
#define SOURCE4(to)	FIELD(NFT_PAYLOAD_NETWORK_HEADER, 12, 4, to)
#define TARGET4(to)	FIELD(NFT_PAYLOAD_NETWORK_HEADER, 16, 4, to)
#define SOURCE6(to)	FIELD(NFT_PAYLOAD_NETWORK_HEADER, 8, 16, to)
#define TARGET6(to)	FIELD(NFT_PAYLOAD_NETWORK_HEADER, 24, 16, to)
#define TARGET_PORT(to) FIELD(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, to)
#define PROTOCOL(to)	LOAD(NFT_META_L4PROTO, to)
#define IPV4_ONLY	LOAD(NFT_META_NFPROTO, 0), IS(1, {NFPROTO_IPV4})
#define IPV6_ONLY	LOAD(NFT_META_NFPROTO, 0), IS(1, {NFPROTO_IPV6})
#define RANDOM_SLOT(to)                                                                            \
	{                                                                                          \
		.op = NFT_OP_NUMGEN, .value = FIREWALL_SLOTS, .reg = (to)                          \
	}
#define THROUGH(map)                                                                               \
	{                                                                                          \
		.op = NFT_OP_MAP, .name = (map)                                                    \
	}
#define DNAT4                                                                                      \
	{                                                                                          \
		.op = NFT_OP_DNAT, .value = NFPROTO_IPV4, .reg = 1                                 \
	}
#define DNAT6                                                                                      \
	{                                                                                          \
		.op = NFT_OP_DNAT, .value = NFPROTO_IPV6, .reg = 4                                 \
	}
#define LOCAL(which) {.op = NFT_OP_FIB_TYPE, .value = (which)}, IS(4, HOST_NUMBER(RTN_LOCAL))
#define MASQUERADE                                                                                 \
	{                                                                                          \
		.op = NFT_OP_MASQUERADE                                                            \
	}
#define DROP                                                                                       \
	{                                                                                          \
		.op = NFT_OP_VERDICT, .value = NF_DROP                                             \
	}
#define ACCEPT                                                                                     \
	{                                                                                          \
		.op = NFT_OP_VERDICT, .value = NF_ACCEPT                                           \
	}
#define RETURN                                                                                     \
	{                                                                                          \
		.op = NFT_OP_VERDICT, .value = NFT_RETURN                                          \
	}
#define JUMP(chain_)                                                                               \
	{                                                                                          \
		.op = NFT_OP_VERDICT, .value = NFT_JUMP, .name = (chain_)                          \
	}
#define HAS_ANY(key_, n)                                                                           \
	{.op = NFT_OP_CT, .value = (key_)},                                                        \
		{.op = NFT_OP_MASK, .length = 4, .bytes = HOST_NUMBER(n)},                         \
		IS_NOT(4, HOST_NUMBER(0))
#define DNATTED	    HAS_ANY(NFT_CT_STATUS, IPS_DST_NAT)
#define ESTABLISHED HAS_ANY(NFT_CT_STATE, 6) /* established 2, related 4 */

/* `iifname . oifname`, `oifname . saddr`: a name takes four registers. */
const struct nft_rule firewall_rules[] = {
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

	/* Host to container: from an address that the container can answer to. */
	{"nat_postrouting", {OIF(0), IN("bridges"), LOCAL(NFTA_FIB_F_SADDR), MASQUERADE}},
	/* Hairpin: a container reaches itself or its neighbour through a published port. By
	 * subnet and not by incoming interface, which br_netfilter hides. */
	{"nat_postrouting", {DNATTED, IPV4_ONLY, OIF(0), SOURCE4(4), IN("home4"), MASQUERADE}},
	{"nat_postrouting", {DNATTED, IPV6_ONLY, OIF(0), SOURCE6(4), IN("home6"), MASQUERADE}},
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
const size_t firewall_rule_count = array_length(firewall_rules);

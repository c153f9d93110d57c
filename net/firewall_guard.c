/* SPDX-License-Identifier: Apache-2.0 */
/* The guard: a container with CAP_NET_RAW, which all have, can send any frame. What says that it
 * comes from somebody else goes no further than the bridge's port. */
#include "net/firewall_layout_private.h"

#include <linux/if_ether.h>

#include "base/cleanup.h"

/* RFC 4861. The header that has them does not go with the kernel's. */
enum {
	ND_ROUTER_ADVERT = 134,
	ND_NEIGHBOR_SOLICIT,
	ND_NEIGHBOR_ADVERT,
	ND_REDIRECT,
	ND_OPT_SOURCE_LINKADDR = 1,
	ND_OPT_TARGET_LINKADDR,
};

const struct nft_chain firewall_guard_chains[] = {
	{"neighbours4", NULL, 0, 0},
	{"neighbours6", NULL, 0, 0},
	{"sources", NULL, 0, 0},
	{"prerouting", "filter", NF_INET_PRE_ROUTING, -300}, /* as NF_BR_PRE_ROUTING */
};
const size_t firewall_guard_chain_count = array_length(firewall_guard_chains);

#define TYPE_OF_FRAME(n) LOAD(NFT_META_PROTOCOL, 0), IS(2, {(n) >> 8, (n)&0xff})
#define SOURCE_MAC(to)	 FIELD(NFT_PAYLOAD_LL_HEADER, 6, 6, to)
#define PORT_AND_MAC	 IIF(0), SOURCE_MAC(4)
#define ARP_MAC(to)	 FIELD(NFT_PAYLOAD_NETWORK_HEADER, 8, 6, to)
#define ARP_ADDRESS(to)	 FIELD(NFT_PAYLOAD_NETWORK_HEADER, 14, 4, to)
#define ICMP6(n)	 FIELD(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1, 0), IS(1, {n})
#define ND_TARGET(to)	 FIELD(NFT_PAYLOAD_TRANSPORT_HEADER, 8, 16, to)
/* The first option behind the target, a hardware address. */
#define ND_OPTION(n)		  FIELD(NFT_PAYLOAD_TRANSPORT_HEADER, 24, 1, 0), IS(1, {n})
#define ND_MAC(to)		  FIELD(NFT_PAYLOAD_TRANSPORT_HEADER, 26, 6, to)
#define NOBODY6			  SOURCE6(0), IS(16, {0})
#define NOT_NOBODY6		  SOURCE6(0), IS_NOT(16, {0})
#define LINK_LOCAL4(base, offset) FIELD(base, offset, 2, 0), IS(2, {169, 254})
#define LINK_LOCAL6(base, offset)                                                                  \
	FIELD(base, offset, 2, 0), {.op = NFT_OP_MASK, .length = 2, .bytes = {0xff, 0xc0}},        \
		IS(2, {0xfe, 0x80})

const struct nft_rule firewall_guard_rules[] = {
	/* Nearly all that is sent: one look-up. */
	{"prerouting",
	 {TYPE_OF_FRAME(ETH_P_IP), PORT_AND_MAC, SOURCE4(6), IN("addresses4"), ACCEPT}},
	{"prerouting",
	 {TYPE_OF_FRAME(ETH_P_IPV6), PROTOCOL(0), IS_NOT(1, {IPPROTO_ICMPV6}), PORT_AND_MAC,
	  SOURCE6(6), IN("addresses6"), ACCEPT}},
	{"prerouting", {IIF(0), NOT_IN("guarded"), ACCEPT}},
	{"prerouting", {PORT_AND_MAC, NOT_IN("macs"), DROP}},
	{"prerouting", {TYPE_OF_FRAME(ETH_P_ARP), JUMP("neighbours4")}},
	{"prerouting", {TYPE_OF_FRAME(ETH_P_IP), JUMP("sources")}},
	{"prerouting",
	 {TYPE_OF_FRAME(ETH_P_IPV6), PROTOCOL(0), IS(1, {IPPROTO_ICMPV6}), JUMP("neighbours6")}},
	{"prerouting", {TYPE_OF_FRAME(ETH_P_IPV6), JUMP("sources")}},
	/* The kernel has taken one tag off already. A tag for no network in it would hide what the
	 * receiver, which takes all of them off, sees. */
	{"prerouting", {TYPE_OF_FRAME(ETH_P_8021Q), DROP}},
	{"prerouting", {TYPE_OF_FRAME(ETH_P_8021AD), DROP}},

	/* From nobody: a question whether an address is taken. */
	{"neighbours4", {IIF(0), ARP_MAC(4), NOT_IN("macs"), DROP}},
	{"neighbours4", {ARP_ADDRESS(0), IS(4, {0}), ACCEPT}},
	{"neighbours4", {IIF(0), ARP_MAC(4), ARP_ADDRESS(6), IN("addresses4"), ACCEPT}},
	{"neighbours4",
	 {IIF(0), IN("link_local"), LINK_LOCAL4(NFT_PAYLOAD_NETWORK_HEADER, 14), ACCEPT}},
	{"neighbours4", {DROP}},

	/* Containers are no routers. */
	{"neighbours6", {ICMP6(ND_ROUTER_ADVERT), DROP}},
	{"neighbours6", {ICMP6(ND_REDIRECT), DROP}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_SOLICIT), ND_OPTION(ND_OPT_SOURCE_LINKADDR), IIF(0), ND_MAC(4),
	  NOT_IN("macs"), DROP}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_ADVERT), ND_OPTION(ND_OPT_TARGET_LINKADDR), IIF(0), ND_MAC(4),
	  NOT_IN("macs"), DROP}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_ADVERT), IIF(0), IN("link_local"),
	  LINK_LOCAL6(NFT_PAYLOAD_TRANSPORT_HEADER, 8), RETURN}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_ADVERT), PORT_AND_MAC, ND_TARGET(6), NOT_IN("addresses6"), DROP}},
	/* From nobody: is the target taken? */
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_SOLICIT), NOBODY6, IIF(0), IN("link_local"),
	  LINK_LOCAL6(NFT_PAYLOAD_TRANSPORT_HEADER, 8), RETURN}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_SOLICIT), NOBODY6, PORT_AND_MAC, ND_TARGET(6), NOT_IN("addresses6"),
	  DROP}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_SOLICIT), IIF(0), IN("link_local"),
	  LINK_LOCAL6(NFT_PAYLOAD_NETWORK_HEADER, 8), RETURN}},
	{"neighbours6",
	 {ICMP6(ND_NEIGHBOR_SOLICIT), NOT_NOBODY6, PORT_AND_MAC, SOURCE6(6), NOT_IN("addresses6"),
	  DROP}},

	{"sources", {IIF(0), IN("any_source"), RETURN}},
	{"sources",
	 {TYPE_OF_FRAME(ETH_P_IPV6), PORT_AND_MAC, SOURCE6(6), IN("addresses6"), RETURN}},
	{"sources", {TYPE_OF_FRAME(ETH_P_IPV6), NOBODY6, RETURN}},
	{"sources",
	 {TYPE_OF_FRAME(ETH_P_IP), IIF(0), IN("link_local"),
	  LINK_LOCAL4(NFT_PAYLOAD_NETWORK_HEADER, 12), RETURN}},
	{"sources",
	 {TYPE_OF_FRAME(ETH_P_IPV6), IIF(0), IN("link_local"),
	  LINK_LOCAL6(NFT_PAYLOAD_NETWORK_HEADER, 8), RETURN}},
	{"sources", {DROP}},
};
const size_t firewall_guard_rule_count = array_length(firewall_guard_rules);

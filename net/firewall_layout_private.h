/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/firewall_layout_private.h - the words that the sets and rules of our tables are written in.
 */
#pragma once

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "net/firewall_layout.h"

#define IF	  NFT_TYPE_INTERFACE
#define MAC	  NFT_TYPE_ETHERNET
#define IP	  NFT_TYPE_ADDRESS4
#define IP6	  NFT_TYPE_ADDRESS6
#define PROTO	  NFT_TYPE_PROTOCOL
#define PORT	  NFT_TYPE_SERVICE
#define SLOT	  NFT_TYPE_MARK
#define KEY(...)  .key = {__VA_ARGS__}
#define DATA(...) .data = {__VA_ARGS__}

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
#define IS(n, ...)                                                                                 \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .length = (n), .bytes = __VA_ARGS__                          \
	}
#define IS_NOT(n, ...)                                                                             \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .is_inverted = true, .length = (n), .bytes = __VA_ARGS__     \
	}
#define IN(set)                                                                                    \
	{                                                                                          \
		.op = NFT_OP_LOOKUP, .name = set                                                   \
	}
#define NOT_IN(set)                                                                                \
	{                                                                                          \
		.op = NFT_OP_LOOKUP, .is_inverted = true, .name = set                              \
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
		.op = NFT_OP_MAP, .name = map                                                      \
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
		.op = NFT_OP_VERDICT, .value = NFT_JUMP, .name = chain_                            \
	}
#define HAS_ANY(key_, n)                                                                           \
	{.op = NFT_OP_CT, .value = (key_)},                                                        \
		{.op = NFT_OP_MASK, .length = 4, .bytes = HOST_NUMBER(n)},                         \
		IS_NOT(4, HOST_NUMBER(0))
#define DNATTED	    HAS_ANY(NFT_CT_STATUS, IPS_DST_NAT)
#define ESTABLISHED HAS_ANY(NFT_CT_STATE, 6) /* established 2, related 4 */

extern const struct nft_chain firewall_guard_chains[];
extern const size_t firewall_guard_chain_count;
extern const struct nft_rule firewall_guard_rules[];
extern const size_t firewall_guard_rule_count;

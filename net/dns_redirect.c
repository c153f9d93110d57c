/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_redirect.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "net/nft.h"

#define TABLE "coracle-dns"

static const struct nft_chain output = {"output", "filter", NF_INET_LOCAL_OUT, -300};

/* Questions leave for the responder's port, answers come from port 53. Ports are rewritten without
 * connection tracking: nothing to load, nothing to fill up. On the loopback both directions pass
 * the output hook. */
#define ADDRESS(offset_)                                                                           \
	{.op = NFT_OP_PAYLOAD,                                                                     \
	 .base = NFT_PAYLOAD_NETWORK_HEADER,                                                       \
	 .offset = (offset_),                                                                      \
	 .length = 4},                                                                             \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .length = 4, .bytes = { 127, 0, 0, 11 }                      \
	}
#define PROTOCOL(number)                                                                           \
	{.op = NFT_OP_META, .value = NFT_META_L4PROTO},                                            \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .length = 1, .bytes = {(number) }                            \
	}
#define PORT(offset_, port)                                                                        \
	{.op = NFT_OP_PAYLOAD,                                                                     \
	 .base = NFT_PAYLOAD_TRANSPORT_HEADER,                                                     \
	 .offset = (offset_),                                                                      \
	 .length = 2},                                                                             \
	{                                                                                          \
		.op = NFT_OP_COMPARE, .length = 2, .bytes = { 0, (port) }                          \
	}
#define SET_PORT(offset_, port, checksum)                                                          \
	{.op = NFT_OP_IMMEDIATE, .length = 2, .bytes = {0, (port)}},                               \
	{                                                                                          \
		.op = NFT_OP_PAYLOAD_SET, .base = NFT_PAYLOAD_TRANSPORT_HEADER,                    \
		.offset = (offset_), .length = 2, .value = (checksum)                              \
	}
#define NOTRACK                                                                                    \
	{                                                                                          \
		.op = NFT_OP_NOTRACK                                                               \
	}

#define QUESTION(number, checksum)                                                                 \
	{                                                                                          \
		"output",                                                                          \
		{                                                                                  \
			ADDRESS(16), PROTOCOL(number), PORT(2, 53), NOTRACK,                       \
				SET_PORT(2, DNS_REDIRECT_PORT, checksum)                           \
		}                                                                                  \
	}
#define ANSWER(number, checksum)                                                                   \
	{                                                                                          \
		"output",                                                                          \
		{                                                                                  \
			ADDRESS(12), PROTOCOL(number), PORT(0, DNS_REDIRECT_PORT), NOTRACK,        \
				SET_PORT(0, 53, checksum)                                          \
		}                                                                                  \
	}

static const struct nft_rule rules[] = {
	QUESTION(IPPROTO_UDP, 6),
	QUESTION(IPPROTO_TCP, 16),
	ANSWER(IPPROTO_UDP, 6),
	ANSWER(IPPROTO_TCP, 16),
};

static struct nft_rule without_notrack(const struct nft_rule *rule)
{
	struct nft_rule copy = {0};
	size_t count = 0;

	memcpy(copy.chain, rule->chain, sizeof(copy.chain));
	for (size_t i = 0; i < array_length(rule->steps); i++)
		if (rule->steps[i].op != NFT_OP_NOTRACK)
			copy.steps[count++] = rule->steps[i];
	return copy;
}

static int install(bool is_new, bool with_notrack, struct error *err)
{
	auto_nft struct nft_batch batch = {0};

	nft_begin(&batch, NFPROTO_IPV4, TABLE);
	if (is_new)
		nft_create_table(&batch);
	else
		nft_replace_table(&batch);
	nft_add_chain(&batch, &output);
	for (size_t i = 0; i < array_length(rules); i++) {
		struct nft_rule rule = with_notrack ? rules[i] : without_notrack(&rules[i]);

		nft_add_rule(&batch, &rule);
	}
	return nft_commit(&batch, err);
}

int dns_redirect_install(struct error *err)
{
	struct error why = {0};

	/* Fresh namespaces first; a table that is there may be that of another version. */
	if (install(true, true, &why) == 0 ||
	    (why.code == EEXIST && install(false, true, &why) == 0))
		return 0;
	/* A kernel without connection tracking has nothing to switch off. */
	if (why.code == ENOENT && install(false, false, &why) == 0)
		return 0;
	error_pass(err, &why);
	return error_wrap(err, "cannot redirect 127.0.0.11:53");
}

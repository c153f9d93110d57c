/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_docker.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "net/network_config.h"
#include "net/nft_query.h"

#define CHAIN	  "DOCKER-USER"
#define TABLE_KEY 4 /* so much of a mark says which table of ours; the rest, which networks */

struct docker {
	struct firewall_elements *networks;
	uint8_t mark[NFT_MARK_SIZE];
	uint64_t *ours; /* handles of rules that are there */
	size_t our_count, right_count;
	uint64_t end; /* of the rule that ends the chain; 0: none does */
};

static void see_chain(const struct nft_object *chain, void *data)
{
	bool *is_there = data;

	*is_there |= strcmp(chain->table, FIREWALL_DOCKER_TABLE) == 0 &&
		     strcmp(chain->chain, CHAIN) == 0;
}

static void see_rule(const struct nft_object *rule, void *data)
{
	struct docker *docker = data;
	const uint8_t *mark =
		rule->note && rule->note->kind == NFT_NOTE_KIND ? rule->note->mark : NULL;

	if (strcmp(rule->table, FIREWALL_DOCKER_TABLE) != 0 || strcmp(rule->chain, CHAIN) != 0)
		return;
	if (!mark || memcmp(mark, docker->mark, TABLE_KEY) != 0) {
		docker->end = rule->is_return ? rule->handle : 0;
		return;
	}
	docker->ours = arena_grow(docker->networks->arena, docker->ours, docker->our_count,
				  sizeof(*docker->ours));
	docker->ours[docker->our_count++] = rule->handle;
	docker->right_count += memcmp(mark, docker->mark, NFT_MARK_SIZE) == 0;
}

/* As iptables writes and reads it: 16 bytes are a whole name, less are the beginning of one. */
struct condition {
	int32_t meta;
	const char *name;
	uint8_t length;
};

static void add_rule(struct nft_batch *batch, const struct condition *conditions, size_t count,
		     int32_t verdict)
{
	struct nft_rule rule = {.chain = CHAIN};

	for (size_t i = 0; i < count; i++) {
		rule.steps[2 * i] =
			(struct nft_expr){.op = NFT_OP_META, .value = conditions[i].meta};
		rule.steps[2 * i + 1] =
			(struct nft_expr){.op = NFT_OP_COMPARE, .length = conditions[i].length};
		memcpy(rule.steps[2 * i + 1].bytes, conditions[i].name,
		       strnlen(conditions[i].name, conditions[i].length));
	}
	rule.steps[2 * count] = (struct nft_expr){.op = NFT_OP_VERDICT, .value = verdict};
	nft_add_rule(batch, &rule);
}

#define RULES_FOR_EACH 4

static void add_bridge(struct nft_batch *batch, const char *bridge)
{
	const struct condition to = {NFT_META_OIFNAME, bridge, 16};
	const struct condition from = {NFT_META_IIFNAME, bridge, 16};

	add_rule(batch, &to, 1, NF_ACCEPT);
	add_rule(batch, (struct condition[]){from, {NFT_META_OIFNAME, "docker", 6}}, 2, NFT_RETURN);
	add_rule(batch, (struct condition[]){from, {NFT_META_OIFNAME, "br-", 3}}, 2, NFT_RETURN);
	add_rule(batch, &from, 1, NF_ACCEPT);
}

/* All away and all anew: a packet sees the one or the other. */
static int replace_rules(const struct docker *docker, uint8_t family, struct error *err)
{
	auto_nft struct nft_batch batch = {0};
	const struct firewall_elements *networks = docker->networks;

	nft_begin(&batch, family, FIREWALL_DOCKER_TABLE);
	batch.mark = docker->mark;
	batch.position = docker->end;
	for (size_t i = 0; i < docker->our_count; i++)
		nft_delete_rule(&batch, CHAIN, docker->ours[i]);
	for (size_t i = 0; i < networks->counts[FIREWALL_BRIDGES]; i++)
		add_bridge(&batch, (const char *)networks->items[FIREWALL_BRIDGES][i].key);
	return nft_commit(&batch, err);
}

static int sync_family(struct docker docker, uint8_t family, struct error *err)
{
	size_t wanted = docker.networks->counts[FIREWALL_BRIDGES] * RULES_FOR_EACH;

	if (nft_list_rules(family, FIREWALL_DOCKER_TABLE, see_rule, &docker, err) < 0)
		return -1;
	if (docker.our_count == wanted && docker.right_count == wanted)
		return 0;
	return replace_rules(&docker, family, err);
}

static int load_networks(const struct net_context *context, struct firewall_elements *elements,
			 struct error *err)
{
	struct network *networks;
	size_t count;

	if (network_config_list(context->config_dirfd, &networks, &count, elements->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		firewall_add_network(elements, &networks[i]);
	return 0;
}

static void make_mark(struct docker *docker, const struct net_context *context)
{
	const struct firewall_elements *networks = docker->networks;
	char table[FIREWALL_NAME_SIZE], hex[DIGEST_HEX_SIZE];

	firewall_table_name(table, context->run_path);
	digest_hex(hex, table, strlen(table));
	memcpy(docker->mark, hex, TABLE_KEY);
	digest_hex(hex, networks->items[FIREWALL_BRIDGES],
		   networks->counts[FIREWALL_BRIDGES] * sizeof(struct nft_element));
	memcpy(docker->mark + TABLE_KEY, hex, NFT_MARK_SIZE - TABLE_KEY);
}

/* Each new network asks: without Docker it is not to cost a look at all others. */
int firewall_docker_sync(const struct net_context *context, struct error *err)
{
	static const uint8_t families[] = {NFPROTO_IPV4, NFPROTO_IPV6};
	auto_arena struct arena arena = {0};
	struct firewall_elements networks = {.arena = &arena};
	struct docker docker = {.networks = &networks};
	bool has_chain[array_length(families)] = {false}, is_there = false;

	for (size_t i = 0; i < array_length(families); i++) {
		if (nft_list_chains(families[i], see_chain, &has_chain[i], err) < 0)
			return -1;
		is_there |= has_chain[i];
	}
	if (!is_there)
		return 0;
	if (load_networks(context, &networks, err) < 0)
		return -1;
	make_mark(&docker, context);
	for (size_t i = 0; i < array_length(families); i++)
		if (has_chain[i] && sync_family(docker, families[i], err) < 0)
			return error_wrap(err,
					  "cannot put our networks into Docker's chain " CHAIN);
	return 1;
}

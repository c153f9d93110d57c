/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_look.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/bridge.h"
#include "net/nft_query.h"

#define ATTEMPTS 8 /* at a list that is changed while it is read */

struct look {
	char table[FIREWALL_NAME_SIZE];
	struct firewall_elements *wanted;
	uint8_t mark[NFT_MARK_SIZE];
	const struct firewall_part *part;
	size_t tables, chains, rules; /* ours, and as they should be */
	size_t strange;		      /* in our table, and not ours */
};

static void see_table(const struct nft_object *table, void *data)
{
	struct look *look = data;

	if (strcmp(table->table, look->table) != 0)
		return;
	look->tables++;
	look->strange += table->flags != 0; /* dormant, or another program's */
}

static int look_at_table(struct look *look, const char **difference, struct error *err)
{
	if (nft_list_tables(look->part->family, see_table, look, err) < 0)
		return -1;
	*difference = look->tables == 0 ? "it was removed" : "it was disabled";
	return look->tables == 1 && look->strange == 0;
}

static void see_chain(const struct nft_object *chain, void *data)
{
	struct look *look = data;

	if (strcmp(chain->table, look->table) == 0)
		*(chain->policy == NF_ACCEPT ? &look->chains : &look->strange) += 1;
}

static int look_at_chains(struct look *look, const char **difference, struct error *err)
{
	if (nft_list_chains(look->part->family, see_chain, look, err) < 0)
		return -1;
	*difference = "its chains were changed";
	return look->chains == look->part->chain_count && look->strange == 0;
}

static void see_rule(const struct nft_object *rule, void *data)
{
	struct look *look = data;

	if (strcmp(rule->table, look->table) != 0)
		return;
	if (rule->note && memcmp(rule->note->mark, look->mark, sizeof(look->mark)) == 0)
		look->rules++;
	else
		look->strange++;
}

static int look_at_rules(struct look *look, const char **difference, struct error *err)
{
	if (nft_list_rules(look->part->family, look->table, see_rule, look, err) < 0)
		return -1;
	*difference = "its rules were changed";
	return look->rules == look->part->rule_count && look->strange == 0;
}

static int look_at_elements(struct look *look, const char **difference, struct error *err)
{
	struct firewall_elements found = {.arena = look->wanted->arena};

	*difference = "elements of its sets were changed";
	for (size_t i = look->part->first_set; i < look->part->end_set; i++) {
		struct nft_elements list = {.arena = found.arena};

		if (nft_list_elements(look->part->family, look->table, firewall_sets[i].name, &list,
				      err) < 0)
			return -1;
		found.items[i] = list.items;
		found.counts[i] = list.count;
	}
	firewall_drop_common(&found, look->wanted);
	for (size_t i = look->part->first_set; i < look->part->end_set; i++)
		if (found.counts[i] || look->wanted->counts[i])
			return 0;
	return 1;
}

static int look_at_part(struct look *look, const char **difference, struct error *err)
{
	static int (*const steps[])(struct look *, const char **, struct error *) = {
		look_at_table, look_at_chains, look_at_rules, look_at_elements};
	int result = 1;

	for (size_t i = 0; i < array_length(steps) && result == 1; i++)
		result = steps[i](look, difference, err);
	return result;
}

static int look_once(struct look *look, const char **difference, struct error *err)
{
	int result = 1;

	for (size_t i = 0; i < FIREWALL_PARTS && result == 1; i++) {
		look->part = firewall_part(i);
		look->tables = look->chains = look->rules = 0;
		result = look_at_part(look, difference, err);
		if (result == 0 && look->tables == 0 && !firewall_has_part(look->table, i))
			result = 1;
	}
	return result;
}

static bool is_any_up(const struct firewall_elements *elements)
{
	for (size_t i = 0; i < elements->counts[FIREWALL_BRIDGES]; i++)
		if (bridge_is_up((const char *)elements->items[FIREWALL_BRIDGES][i].key))
			return true;
	return false;
}

int firewall_look(const struct net_context *context, const char **difference, struct error *err)
{
	int result = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		auto_arena struct arena arena = {0};
		struct firewall_elements wanted = {.arena = &arena};
		struct look look = {.wanted = &wanted};
		struct error why = {0};

		if (firewall_load(context, &wanted, err) < 0)
			return -1;
		if (!is_any_up(&wanted))
			return 1;
		firewall_table_name(look.table, context->run_path);
		firewall_mark(look.mark);
		result = look_once(&look, difference, &why);
		if (result >= 0)
			return result;
		if (why.code == ENOENT) {
			*difference = "it was changed";
			return 0;
		}
		if (why.code != EINTR)
			return error_pass(err, &why);
	}
	*difference = "it is being changed";
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rules.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/netfilter.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "net/claims.h"
#include "net/firewall.h"
#include "net/firewall_elements.h"
#include "net/network_config.h"
#include "net/nft_query.h"

/* What an element of a set means, for the subnet of a family or for the whole network. */
static const struct {
	enum firewall_set set;
	int family;
	const char *text;
} meanings[] = {
	{FIREWALL_BRIDGES, 0,
	 "nothing passes between this and other networks but to published ports"},
	{FIREWALL_INTERNAL, 0,
	 "nothing goes out or comes in, and of the host only the gateway's address is reached"},
	{FIREWALL_OPEN, 0, "others reach every port of its containers (nat-unprotected)"},
	{FIREWALL_SUBNETS4, AF_INET, "others reach nothing in it but by published ports"},
	{FIREWALL_SUBNETS6, AF_INET6, "others reach nothing in it but by published ports"},
	{FIREWALL_MASQUERADE4, AF_INET, "what goes out gets an address of the host"},
	{FIREWALL_MASQUERADE6, AF_INET6, "what goes out gets an address of the host"},
};

static bool has_element(const struct net_context *context, enum firewall_set set,
			const struct nft_element *element)
{
	char table[FIREWALL_NAME_SIZE];

	firewall_table_name(table, context->run_path);
	return nft_has_element(NFPROTO_INET, table, firewall_sets[set].name, element, NULL) == 1;
}

static const char *meaning(size_t row, const struct network *network, struct arena *arena)
{
	struct cidr subnet;
	char text[CIDR_TEXT_SIZE];

	if (!meanings[row].family)
		return meanings[row].text;
	if (!network_config_subnet(network, meanings[row].family, &subnet, NULL))
		return NULL;
	return arena_format(arena, "%s: %s", cidr_format(text, &subnet), meanings[row].text);
}

int rules_of_network(const struct net_context *context, const struct network *network,
		     struct network_rule **rules, size_t *count, struct arena *arena,
		     struct error *err)
{
	struct firewall_elements elements = {.arena = arena};
	struct network_options options;

	*rules = arena_array(arena, array_length(meanings) + 1, sizeof(**rules));
	*count = 0;
	if (network_config_options(network, &options, err) < 0)
		return -1;
	if (!network->bridge)
		return 0;
	firewall_add_network(&elements, network);
	if (elements.counts[FIREWALL_BRIDGES] > 0)
		(*rules)[(*count)++] = (struct network_rule){
			options.icc ? "its containers reach one another"
				    : "its containers do not reach one another (enable_icc)",
			true};
	for (size_t i = 0; i < array_length(meanings); i++)
		if (elements.counts[meanings[i].set] > 0)
			(*rules)[(*count)++] =
				(struct network_rule){meaning(i, network, arena),
						      has_element(context, meanings[i].set,
								  elements.items[meanings[i].set])};
	return 0;
}

/* A port that several share has many elements: as far as one is there, all are. */
bool rules_is_in_force(const struct net_context *context, const struct port_rules *rules,
		       const struct port_rule *rule, struct arena *arena)
{
	struct firewall_elements elements = {.arena = arena};
	const struct claims same = claims_of_port(&rules->claims, rule->claim, arena);

	firewall_add_claims(&elements, &same);
	for (int set = 0; set < FIREWALL_SET_COUNT; set++)
		if (elements.counts[set] > 0)
			return has_element(context, (enum firewall_set)set, elements.items[set]);
	return true;
}

static const char *address_text(const struct cidr *address, struct arena *arena)
{
	char text[CIDR_TEXT_SIZE];

	if (!address->family)
		return NULL;
	return arena_string(arena, cidr_format_address(text, address->family, address->address));
}

int rules_of_ports(const struct net_context *context, struct port_rules *rules, struct arena *arena,
		   struct error *err)
{
	*rules = (struct port_rules){0};
	if (claims_load(context->run_dirfd, &rules->claims, arena, err) < 0)
		return -1;
	rules->items = arena_array(arena, rules->claims.count + 1, sizeof(*rules->items));
	for (; rules->count < rules->claims.count; rules->count++) {
		const struct claim *claim = &rules->claims.items[rules->count];

		rules->items[rules->count] = (struct port_rule){
			.container_id = claim->container_id,
			.container_name = claim->container_name,
			.binding = {claims_protocol_name(claim->protocol),
				    address_text(&claim->host, arena), claim->host_port,
				    claim->target_port},
			.target = address_text(
				claim->target.family ? &claim->target : &claim->relay, arena),
			.is_relayed = !claim->target.family,
			.is_ready = !claims_is_outranked(&rules->claims, claim),
			.claim = claim,
		};
	}
	return 0;
}

const char *rules_foreign_drop(const struct net_context *context, struct arena *arena)
{
	char table[FIREWALL_NAME_SIZE], other[64];

	firewall_table_name(table, context->run_path);
	return nft_find_forward_drop(table, other, sizeof(other)) ? arena_string(arena, other)
								  : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall.h"
#include "net/direct.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "net/network_config.h"

#define DEFAULT_RUN_PATH "/run/coracle"
#define IFNAME_LENGTH	 16

/* "coracle", or "coracle-" and 8 digits made from a run path of its own. */
static void table_name(char out[FIREWALL_NAME_SIZE], const char *run_path)
{
	char hex[DIGEST_HEX_SIZE];

	if (strcmp(run_path, DEFAULT_RUN_PATH) == 0) {
		snprintf(out, FIREWALL_NAME_SIZE, "coracle");
		return;
	}
	digest_hex(hex, run_path, strlen(run_path));
	snprintf(out, FIREWALL_NAME_SIZE, "coracle-%.8s", hex);
}

int firewall_lock(const struct net_context *context, struct error *err)
{
	auto_close int lock = file_lock(context->config_dirfd, ".lock", true, true, err);
	struct stat status;

	if (lock < 0)
		return -1;
	if (fstat(lock, &status) < 0 || status.st_size == 0)
		return take_fd(&lock);
	/* Whoever had it was killed between the files and the table. */
	claims_sweep(context->run_dirfd);
	if (firewall_rebuild(context, err) < 0)
		return -1;
	firewall_settle(lock);
	return take_fd(&lock);
}

void firewall_begin(int lock)
{
	if (pwrite(lock, "!", 1, 0) < 0)
		log_debug("a kill in the next moment would leave a stale firewall");
}

void firewall_settle(int lock)
{
	if (ftruncate(lock, 0) < 0)
		log_debug("the firewall will be built anew once more");
}

static struct nft_element *add_element(struct firewall_elements *elements, enum firewall_set set)
{
	struct nft_element **items = &elements->items[set];
	size_t count = elements->counts[set]++;

	*items = arena_grow(elements->arena, *items, count, sizeof(**items));
	(*items)[count] = (struct nft_element){0};
	return &(*items)[count];
}

static void key_name(struct nft_element *element, const char *name)
{
	strncpy((char *)element->key + element->key_length, name, IFNAME_LENGTH - 1);
	element->key_length += IFNAME_LENGTH;
}

static void key_address(struct nft_element *element, int family, ip_number address)
{
	element->key_length +=
		(uint8_t)cidr_to_bytes(element->key + element->key_length, family, address);
}

static void key_protocol(struct nft_element *element, uint8_t protocol)
{
	element->key[element->key_length] = protocol;
	element->key_length += 4;
}

static void key_port(struct nft_element *element, uint16_t port)
{
	uint16_t wire = htons(port);

	memcpy(element->key + element->key_length, &wire, sizeof(wire));
	element->key_length += 4;
}

static void key_slot(struct nft_element *element, uint32_t slot)
{
	memcpy(element->key + element->key_length, &slot, sizeof(slot));
	element->key_length += sizeof(slot);
}

static void add_bridge(struct firewall_elements *elements, enum firewall_set set, const char *name)
{
	key_name(add_element(elements, set), name);
}

/* A set of one interval field takes a start and an element just behind the end. */
static void add_range(struct firewall_elements *elements, enum firewall_set set,
		      const struct cidr *subnet)
{
	struct nft_element *end;

	key_address(add_element(elements, set), subnet->family, cidr_first(subnet));
	end = add_element(elements, set);
	end->is_interval_end = true;
	key_address(end, subnet->family, cidr_last(subnet) + 1);
}

static void add_home(struct firewall_elements *elements, enum firewall_set set, const char *bridge,
		     const struct cidr *subnet)
{
	struct nft_element *element = add_element(elements, set);

	key_name(element, bridge);
	memcpy(element->end, element->key, IFNAME_LENGTH);
	key_address(element, subnet->family, cidr_first(subnet));
	element->end_length =
		(uint8_t)(IFNAME_LENGTH + cidr_to_bytes(element->end + IFNAME_LENGTH,
							subnet->family, cidr_last(subnet)));
}

void firewall_add_network(struct firewall_elements *elements, const struct network *network)
{
	static const int families[] = {AF_INET, AF_INET6};
	struct nft_element *same;
	struct network_options options;
	struct cidr subnet;
	bool is_open;

	if (direct_is(network))
		return;
	if (network_config_options(network, &options, NULL) < 0)
		options = (struct network_options){.masquerade = true};
	add_bridge(elements, FIREWALL_BRIDGES, network->bridge);
	same = add_element(elements, FIREWALL_SAME);
	key_name(same, network->bridge);
	key_name(same, network->bridge);
	if (network->internal)
		add_bridge(elements, FIREWALL_INTERNAL, network->bridge);
	if (options.is_open4 || options.is_open6)
		add_bridge(elements, FIREWALL_OPEN, network->bridge);
	for (int i = 0; i < 2; i++) {
		if (!network_config_subnet(network, families[i], &subnet, NULL))
			continue;
		add_home(elements, (enum firewall_set)(FIREWALL_HOME4 + i), network->bridge,
			 &subnet);
		is_open = i == 0 ? options.is_open4 : options.is_open6;
		/* Without masquerading, answers from outside carry the container's address: only
		 * the forward chain, which knows connections, can tell them from intruders. */
		if (!is_open && (options.masquerade || network->internal))
			add_range(elements, (enum firewall_set)(FIREWALL_SUBNETS4 + i), &subnet);
		if (options.masquerade && !network->internal)
			add_range(elements, (enum firewall_set)(FIREWALL_MASQUERADE4 + i), &subnet);
	}
}

static void add_port(struct firewall_elements *elements, const struct claim *key,
		     const struct claim *target, int slot)
{
	bool is_ipv6 = key->host.family == AF_INET6, is_wildcard = key->host.address == 0;
	int base = slot < 0 ? (is_wildcard ? FIREWALL_PORTS4 : FIREWALL_PORTS_AT4)
			    : (is_wildcard ? FIREWALL_SHARED4 : FIREWALL_SHARED_AT4);
	struct nft_element *element = add_element(elements, (enum firewall_set)(base + is_ipv6));
	uint16_t port = htons(target->target_port);
	size_t length;

	if (!is_wildcard)
		key_address(element, key->host.family, key->host.address);
	key_protocol(element, key->protocol);
	key_port(element, key->host_port);
	if (slot >= 0)
		key_slot(element, (uint32_t)slot);
	length = cidr_to_bytes(element->data, target->target.family, target->target.address);
	memcpy(element->data + length, &port, sizeof(port));
	element->data_length = (uint8_t)(length + 4);
}

/* All slots of a shared port, dealt out to its ready holders; to all when none is ready, so that
 * clients get an answer. @first is the first claim of the port. */
static void add_shared(struct firewall_elements *elements, const struct claims *claims,
		       const struct claim *first)
{
	const struct claim *holders[FIREWALL_SLOTS];
	size_t count = 0, wanted_ready = 1;

	for (;;) {
		for (size_t i = 0; i < claims->count && count < FIREWALL_SLOTS; i++) {
			const struct claim *claim = &claims->items[i];

			if (claim->target.family && claims_is_same_port(claim, first) &&
			    (claim->is_ready || !wanted_ready))
				holders[count++] = claim;
		}
		if (count > 0 || wanted_ready-- == 0)
			break;
	}
	for (int slot = 0; count > 0 && slot < FIREWALL_SLOTS; slot++)
		add_port(elements, first, holders[(size_t)slot % count], slot);
}

static bool is_first_of_port(const struct claims *claims, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (claims->items[i].share && claims->items[i].target.family &&
		    claims_is_same_port(&claims->items[i], &claims->items[index]))
			return false;
	return true;
}

static void add_claims(struct firewall_elements *elements, const struct claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		const struct claim *claim = &claims->items[i];

		if (!claim->target.family)
			continue;
		if (!claim->share)
			add_port(elements, claim, claim, -1);
		else if (is_first_of_port(claims, i))
			add_shared(elements, claims, claim);
	}
}

static void queue_elements(struct nft_batch *batch, const struct firewall_elements *elements,
			   bool is_removal)
{
	for (int i = 0; elements && i < FIREWALL_SET_COUNT; i++)
		(is_removal ? nft_delete_elements : nft_add_elements)(
			batch, firewall_sets[i].name, elements->items[i], elements->counts[i]);
}

static void queue_layout(struct nft_batch *batch)
{
	for (uint32_t i = 0; i < FIREWALL_SET_COUNT; i++)
		nft_add_set(batch, &firewall_sets[i], i + 1);
	for (size_t i = 0; i < firewall_chain_count; i++)
		nft_add_chain(batch, &firewall_chains[i]);
	for (size_t i = 0; i < firewall_rule_count; i++)
		nft_add_rule(batch, &firewall_rules[i]);
}

/* The whole table with everything in it. */
static int write_table(const char *table, const struct firewall_elements *elements, bool is_new,
		       struct error *err)
{
	auto_nft struct nft_batch batch = {0};

	nft_begin(&batch, NFPROTO_INET, table);
	if (is_new)
		nft_create_table(&batch);
	else
		nft_replace_table(&batch);
	queue_layout(&batch);
	queue_elements(&batch, elements, false);
	return nft_commit(&batch, err);
}

static int remove_table(const char *table, struct error *err)
{
	auto_nft struct nft_batch batch = {0};

	nft_begin(&batch, NFPROTO_INET, table);
	nft_remove_table(&batch);
	return nft_commit(&batch, err);
}

int firewall_rebuild(const struct net_context *context, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements elements = {.arena = &arena};
	struct network *networks;
	struct claims claims;
	struct error why = {0};
	char table[FIREWALL_NAME_SIZE];
	size_t count;

	if (network_config_list(context->config_dirfd, &networks, &count, &arena, err) < 0 ||
	    claims_load(context->run_dirfd, &claims, &arena, err) < 0)
		return -1;
	table_name(table, context->run_path);
	if (count == 0)
		return remove_table(table, err);
	for (size_t i = 0; i < count; i++)
		firewall_add_network(&elements, &networks[i]);
	add_claims(&elements, &claims);
	if (write_table(table, &elements, true, &why) == 0)
		return 0;
	if (why.code == EEXIST)
		return write_table(table, &elements, false, err);
	return error_pass(err, &why);
}

int firewall_change(const struct net_context *context, const struct firewall_elements *removed,
		    const struct firewall_elements *added, struct error *err)
{
	auto_nft struct nft_batch batch = {0};
	char table[FIREWALL_NAME_SIZE];

	table_name(table, context->run_path);
	nft_begin(&batch, NFPROTO_INET, table);
	queue_elements(&batch, removed, true);
	queue_elements(&batch, added, false);
	if (nft_commit(&batch, NULL) == 0)
		return 0;
	return firewall_rebuild(context, err);
}

static int compare_elements(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nft_element));
}

static void sort_elements(struct firewall_elements *elements)
{
	for (int i = 0; i < FIREWALL_SET_COUNT; i++)
		if (elements->counts[i] > 1)
			qsort(elements->items[i], elements->counts[i], sizeof(struct nft_element),
			      compare_elements);
}

/* Takes what both lists have out of both; sorted before and after. */
static void drop_common(struct firewall_elements *a, struct firewall_elements *b, int set)
{
	size_t i = 0, j = 0, kept_a = 0, kept_b = 0;

	while (i < a->counts[set] || j < b->counts[set]) {
		int order = i == a->counts[set] ? 1
			    : j == b->counts[set]
				    ? -1
				    : compare_elements(&a->items[set][i], &b->items[set][j]);

		if (order < 0)
			a->items[set][kept_a++] = a->items[set][i++];
		else if (order > 0)
			b->items[set][kept_b++] = b->items[set][j++];
		else
			i++, j++;
	}
	a->counts[set] = kept_a;
	b->counts[set] = kept_b;
}

int firewall_change_claims(const struct net_context *context, const struct claims *before,
			   const struct claims *after, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct firewall_elements removed = {.arena = &arena}, added = {.arena = &arena};

	add_claims(&removed, before);
	add_claims(&added, after);
	sort_elements(&removed);
	sort_elements(&added);
	for (int i = 0; i < FIREWALL_SET_COUNT; i++)
		drop_common(&removed, &added, i);
	return firewall_change(context, &removed, &added, err);
}

int firewall_has_network(const struct net_context *context, const struct network *network,
			 struct error *err)
{
	struct nft_element element = {0};
	char table[FIREWALL_NAME_SIZE];

	table_name(table, context->run_path);
	key_name(&element, network->bridge);
	return nft_has_element(NFPROTO_INET, table, firewall_sets[FIREWALL_BRIDGES].name, &element,
			       err);
}

void firewall_warn_about_others(const struct net_context *context)
{
	char table[FIREWALL_NAME_SIZE], other[64];

	table_name(table, context->run_path);
	if (nft_find_forward_drop(table, other, sizeof(other)))
		log_warning_once("the nftables table '%s' of another program drops forwarded "
				 "packets: containers may not reach the outside, nor their "
				 "published ports be reached; let it accept packets from and to "
				 "the interfaces br-* (ufw: 'ufw default allow routed'; firewalld: "
				 "put the bridges into the zone 'trusted')",
				 other);
}

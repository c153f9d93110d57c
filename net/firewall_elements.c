/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_elements.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/direct.h"
#include "net/network_config.h"
#include "net/veth.h"

#define IFNAME_LENGTH 16

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
	memcpy(element->key + element->key_length, name, strnlen(name, IFNAME_LENGTH - 1));
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

/* The link-local address that the kernel makes of a hardware address (RFC 4291, A). */
static ip_number link_local_of(const uint8_t mac[6])
{
	uint8_t bytes[16] = {0xfe, 0x80, [8] = mac[0] ^ 2, mac[1], mac[2],
			     0xff, 0xfe, mac[3],	   mac[4], mac[5]};

	return cidr_from_bytes(bytes, AF_INET6);
}

static void key_mac(struct nft_element *element, const uint8_t mac[6])
{
	memcpy(element->key + element->key_length, mac, 6);
	element->key_length += 8;
}

static void add_owned(struct firewall_elements *elements, const char *port, const uint8_t mac[6],
		      int family, ip_number address)
{
	struct nft_element *element;

	if (!address)
		return;
	element = add_element(elements, family == AF_INET ? FIREWALL_GUARD_ADDRESSES4
							  : FIREWALL_GUARD_ADDRESSES6);
	key_name(element, port);
	key_mac(element, mac);
	key_address(element, family, address);
}

static void add_mac(struct firewall_elements *elements, const char *port, const uint8_t mac[6])
{
	struct nft_element *element = add_element(elements, FIREWALL_GUARD_MACS);

	key_name(element, port);
	key_mac(element, mac);
}

void firewall_add_lease(struct firewall_elements *elements, const struct network *network,
			const struct dns_lease *lease)
{
	struct network_options options;
	char port[IFNAMSIZ];

	if (direct_is(network) || lease->is_unguarded ||
	    network_config_options(network, &options, NULL) < 0 || !options.guard)
		return;
	veth_name(port, network->id, lease->container_id);
	add_bridge(elements, FIREWALL_GUARDED, port);
	add_mac(elements, port, lease->mac);
	add_owned(elements, port, lease->mac, AF_INET, lease->ipv4);
	add_owned(elements, port, lease->mac, AF_INET6, lease->ipv6);
	if (lease->ipv6)
		add_owned(elements, port, lease->mac, AF_INET6, link_local_of(lease->mac));
	if (lease->has_link_local)
		add_bridge(elements, FIREWALL_GUARD_LINK_LOCAL, port);
	if (options.is_open4 || options.is_open6 || !options.masquerade)
		add_bridge(elements, FIREWALL_GUARD_ANY_SOURCE, port);
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

/* A port of several has slots, dealt out to them. */
static void add_holders(const struct claim *const *holders, size_t count, void *data)
{
	struct firewall_elements *elements = data;

	if (count == 1)
		add_port(elements, holders[0], holders[0], -1);
	for (size_t slot = 0; count > 1 && slot < FIREWALL_SLOTS; slot++)
		add_port(elements, holders[0], holders[slot % count], (int)slot);
}

void firewall_add_claims(struct firewall_elements *elements, const struct claims *claims)
{
	claims_each_port(claims, add_holders, elements);
}

struct nft_element firewall_bridge_element(const struct network *network)
{
	struct nft_element element = {0};

	key_name(&element, network->bridge);
	return element;
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

void firewall_drop_common(struct firewall_elements *a, struct firewall_elements *b)
{
	sort_elements(a);
	sort_elements(b);
	for (int i = 0; i < FIREWALL_SET_COUNT; i++)
		drop_common(a, b, i);
}

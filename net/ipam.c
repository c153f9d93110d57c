/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"

/* Ranges cut into subnets of one size, in the order of use. Docker's list begins with
 * 172.17.0.0/16, which is the default bridge's. */
static const struct {
	uint32_t base;
	unsigned prefix, subnet_prefix;
} pools[] = {
	{0xac120000, 16, 16}, {0xac130000, 16, 16},			 /* 172.18, 172.19 */
	{0xac140000, 14, 16}, {0xac180000, 14, 16},			 /* 172.20, 172.24 */
	{0xac1c0000, 14, 16}, {0xc0a80000, 16, 20},			 /* 172.28, 192.168 */
	{0x0a590000, 16, 24}, {0x0a5a0000, 15, 24},			 /* 10.89, 10.90 */
	{0x0a5c0000, 14, 24}, {0x0a600000, 11, 24}, {0x0a800000, 9, 24}, /* up to 10.255 */
};

static const struct cidr *find_overlap(const struct ipam_taken *taken, const struct cidr *wanted)
{
	for (size_t i = 0; i < taken->count; i++)
		if (cidr_overlaps(&taken->items[i], wanted))
			return &taken->items[i];
	return NULL;
}

/* Walks one pool; a taken subnet that is larger than the candidate is jumped over at once. */
static bool pick_from(struct cidr *subnet, ip_number base, unsigned pool_prefix, unsigned prefix,
		      const struct ipam_taken *taken)
{
	struct cidr pool = {.family = subnet->family, .address = base, .prefix = pool_prefix};
	ip_number last = cidr_last(&pool), step;

	if (prefix < pool_prefix)
		return false;
	subnet->prefix = prefix;
	step = (ip_number)1 << (cidr_bits(subnet->family) - prefix);
	for (subnet->address = base; subnet->address <= last;) {
		const struct cidr *overlap = find_overlap(taken, subnet);

		if (!overlap)
			return true;
		while (subnet->address <= last && subnet->address <= cidr_last(overlap))
			subnet->address += overlap->prefix < prefix
						   ? cidr_last(overlap) + 1 - subnet->address
						   : step;
	}
	return false;
}

int ipam_pick_subnet(struct cidr *subnet, unsigned prefix, const struct ipam_taken *taken,
		     struct error *err)
{
	*subnet = (struct cidr){.family = AF_INET};
	for (size_t i = 0; i < array_length(pools); i++)
		if (pick_from(subnet, pools[i].base, pools[i].prefix,
			      prefix ? prefix : pools[i].subnet_prefix, taken))
			return 0;
	return error_set(err, ERROR_CONFLICT,
			 "all predefined address pools have been fully subnetted (tried "
			 "172.18.0.0-172.31.255.255, 192.168.0.0/16 and 10.89.0.0-10.255.255.255: "
			 "each overlaps a network or a route of this host); give the network a "
			 "subnet with ipam.config.subnet");
}

int ipam_pick_default_subnet(struct cidr *subnet, const struct ipam_taken *taken, struct error *err)
{
	*subnet = (struct cidr){.family = AF_INET, .address = 0xac110000, .prefix = 16};
	return find_overlap(taken, subnet) ? ipam_pick_subnet(subnet, 0, taken, err) : 0;
}

int ipam_pick_subnet6(struct cidr *subnet, const char *host_id, const char *network_id,
		      const struct ipam_taken *taken, struct error *err)
{
	uint8_t digest[32], bytes[16] = {0xfd};
	struct sha256_ctx state;

	/* RFC 4193: 40 bits of global id, here the host's, and 16 bits for the subnet. */
	sha256_init(&state);
	sha256_update(&state, strlen(host_id), (const uint8_t *)host_id);
	sha256_digest(&state, sizeof(digest), digest);
	memcpy(bytes + 1, digest, 5);
	sha256_update(&state, strlen(network_id), (const uint8_t *)network_id);
	sha256_digest(&state, sizeof(digest), digest);
	memcpy(bytes + 6, digest, 2);
	subnet->family = AF_INET6;
	subnet->prefix = subnet->prefix ? subnet->prefix : 64;
	subnet->address = cidr_from_bytes(bytes, AF_INET6);
	for (int i = 0; i < 65536; i++) {
		subnet->address = cidr_first(subnet);
		if (!find_overlap(taken, subnet))
			return 0;
		bytes[7]++;
		bytes[6] = (uint8_t)(bytes[6] + (bytes[7] == 0));
		subnet->address = cidr_from_bytes(bytes, AF_INET6);
	}
	return error_set(err, ERROR_CONFLICT,
			 "no free IPv6 subnet; give the network one with ipam.config.subnet");
}

ip_number ipam_first_usable(const struct cidr *subnet)
{
	unsigned host_bits = cidr_bits(subnet->family) - subnet->prefix;

	return cidr_first(subnet) + (host_bits > 1);
}

int ipam_compare(const void *a, const void *b)
{
	ip_number x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static bool is_used(const struct ipam_request *request, ip_number address)
{
	return request->used_count > 0 &&
	       bsearch(&address, request->used, request->used_count, sizeof(address), ipam_compare);
}

static bool is_gateway(const struct ipam_request *request, ip_number address)
{
	struct cidr gateway;

	return request->subnet->gateway && cidr_parse_address(&gateway, request->subnet->gateway) &&
	       gateway.address == address;
}

static bool is_reserved(const struct ipam_request *request, ip_number address)
{
	for (size_t i = 0; i < request->subnet->reserved_count; i++) {
		struct cidr reserved;

		if (cidr_parse_address(&reserved, request->subnet->reserved[i].value) &&
		    reserved.address == address)
			return true;
	}
	return false;
}

static int check_static(ip_number *address, const struct ipam_request *request,
			const struct cidr *subnet, struct error *err)
{
	struct cidr wanted;

	if (!cidr_parse_address(&wanted, request->address) || wanted.family != subnet->family)
		return error_set(err, ERROR_INVALID, "'%s' is not an IPv%d address",
				 request->address, subnet->family == AF_INET ? 4 : 6);
	if (!cidr_contains(subnet, wanted.family, wanted.address))
		return error_set(err, ERROR_INVALID,
				 "the address %s lies outside of the subnet %s of network '%s'",
				 request->address, request->subnet->subnet, request->network);
	if (wanted.address < ipam_first_usable(subnet) ||
	    (subnet->family == AF_INET && subnet->prefix < 31 &&
	     wanted.address == cidr_last(subnet)))
		return error_set(err, ERROR_INVALID,
				 "the address %s is the network or broadcast address of %s",
				 request->address, request->subnet->subnet);
	if (is_gateway(request, wanted.address) || is_used(request, wanted.address))
		return error_set(err, ERROR_CONFLICT,
				 "address already in use: %s is taken in network '%s'%s",
				 request->address, request->network,
				 is_gateway(request, wanted.address) ? " by the gateway" : "");
	*address = wanted.address;
	return 0;
}

int ipam_pick_address(ip_number *address, const struct ipam_request *request, struct error *err)
{
	struct cidr subnet, range;
	ip_number first, last, at;

	if (cidr_parse(&subnet, request->subnet->subnet, err) < 0)
		return -1;
	if (request->address)
		return check_static(address, request, &subnet, err);
	if (!request->subnet->ip_range || cidr_parse(&range, request->subnet->ip_range, NULL) < 0)
		range = subnet;
	first = cidr_first(&range);
	last = cidr_last(&range);
	if (first < ipam_first_usable(&subnet))
		first = ipam_first_usable(&subnet);
	if (subnet.family == AF_INET && subnet.prefix < 31 && last == cidr_last(&subnet))
		last--;
	at = request->last >= first && request->last < last ? request->last + 1 : first;
	/* Each step that fails meets a taken address, and no address twice: so the number of
	 * steps is bounded by what is taken, however large the subnet. */
	for (ip_number start = at, steps = 0; steps == 0 || at != start; steps++) {
		if (!is_gateway(request, at) && !is_reserved(request, at) &&
		    !is_used(request, at)) {
			*address = at;
			return 0;
		}
		at = at == last ? first : at + 1;
	}
	return error_set(err, ERROR_CONFLICT,
			 "no available IPv%d addresses on this network's address pools: %s (%.12s)",
			 subnet.family == AF_INET ? 4 : 6, request->network, request->network_id);
}

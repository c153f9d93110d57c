/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_view.h"

#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "net/dns_table.h"

/* Between a table's end and its successor, and where there is none, a flood of questions does not
 * become one to whoever knows the table. */
#define AGAIN_NS       MILLISECOND
#define MISSES_AT_ONCE 8

static void unmap(struct dns_view *view)
{
	if (view->bytes && view->find_table)
		munmap((void *)view->bytes, view->size);
	view->bytes = NULL;
}

void dns_view_release(struct dns_view *view)
{
	unmap(view);
}

void dns_view_from_bytes(struct dns_view *view, const void *bytes, size_t size)
{
	*view = (struct dns_view){
		.network = "",
		.bytes = bytes,
		.size = size,
	};
}

static bool is_current(const void *bytes)
{
	const struct dns_table_header *header = bytes;

	return header && !atomic_load_explicit(&header->is_superseded, memory_order_acquire);
}

void dns_view_refresh(struct dns_view *view)
{
	auto_close int fd = -1;
	size_t size = 0;
	void *bytes;

	if (!view->find_table || is_current(view->bytes) ||
	    (view->misses >= MISSES_AT_ONCE && units_monotonic_ns() < view->again_ns) ||
	    !view->find_table(view->data, &fd))
		return;
	bytes = fd < 0 ? NULL : dns_table_map(fd, PROT_READ, &size);
	unmap(view);
	view->bytes = bytes;
	view->size = size;
	view->misses = is_current(bytes) ? 0 : view->misses + 1;
	if (view->misses >= MISSES_AT_ONCE)
		view->again_ns = units_monotonic_ns() + AGAIN_NS;
}

static bool is_called(const char *text, const char *name, size_t length)
{
	return strncasecmp(text, name, length) == 0 && text[length] == '\0';
}

/* The first name with this hash or a greater one. */
static uint32_t lower_bound(const struct dns_table_parts *parts, uint32_t hash)
{
	uint32_t low = 0, high = parts->header->name_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (parts->names[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void fill_match(struct dns_match *match, const struct dns_table_parts *parts,
		       const struct dns_table_lease *lease)
{
	static const uint8_t none[16];

	match->project = dns_table_text(parts, lease->project);
	memcpy(&match->ipv4, lease->ipv4, sizeof(lease->ipv4));
	memcpy(&match->ipv6, lease->ipv6, sizeof(lease->ipv6));
	match->has_ipv4 = memcmp(lease->ipv4, none, sizeof(lease->ipv4)) != 0;
	match->has_ipv6 = memcmp(lease->ipv6, none, sizeof(lease->ipv6)) != 0;
}

size_t dns_view_find(const struct dns_view *view, const char *name, size_t length,
		     struct dns_match *matches, size_t limit)
{
	uint32_t hash = dns_table_hash(name, length);
	struct dns_table_parts parts;
	size_t count = 0;

	if (!dns_table_split(&parts, view->bytes, view->size))
		return 0;
	for (uint32_t i = lower_bound(&parts, hash);
	     i < parts.header->name_count && parts.names[i].hash == hash && count < limit; i++) {
		const struct dns_table_name *entry = &parts.names[i];
		const struct dns_table_lease *lease;

		if (entry->lease >= parts.header->lease_count ||
		    !is_called(dns_table_text(&parts, entry->text), name, length))
			continue;
		lease = &parts.leases[entry->lease];
		if (atomic_load_explicit(&lease->is_visible, memory_order_acquire))
			fill_match(&matches[count++], &parts, lease);
	}
	return count;
}

const char *dns_view_reverse(const struct dns_view *view, int family, const uint8_t *address,
			     bool *is_inside)
{
	const struct dns_table_subnet *subnet;
	struct dns_table_parts parts;
	struct cidr cidr = {0};
	ip_number unused;

	*is_inside = false;
	if (!dns_table_split(&parts, view->bytes, view->size))
		return NULL;
	subnet = &parts.header->subnets[family == AF_INET6];
	dns_table_read_subnet(subnet, &cidr, &unused);
	*is_inside = cidr_contains(&cidr, family, cidr_from_bytes(address, family));
	for (uint32_t i = 0; *is_inside && i < parts.header->lease_count; i++) {
		const struct dns_table_lease *lease = &parts.leases[i];
		const uint8_t *own = family == AF_INET ? lease->ipv4 : lease->ipv6;

		if (atomic_load_explicit(&lease->is_visible, memory_order_acquire) &&
		    memcmp(own, address, cidr_bits(family) / 8) == 0)
			return dns_table_text(&parts, lease->container_name);
	}
	return NULL;
}

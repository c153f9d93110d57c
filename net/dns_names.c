/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "net/dns_table.h"

#define TABLE_FILE "table"

static void table_path(char *out, size_t size, const char *network)
{
	snprintf(out, size, "%s/" TABLE_FILE, network);
}

static int open_table(int dirfd, const char *network, int flags, struct error *err)
{
	char path[300];

	table_path(path, sizeof(path), network);
	return file_open(dirfd, path, flags, err);
}

static void load_names(const struct dns_table_parts *parts, struct dns_table *table)
{
	auto_free uint32_t *counts = alloc_zeroed(table->count + 1, sizeof(*counts));

	for (uint32_t i = 0; i < parts->header->name_count; i++)
		if (parts->names[i].lease < table->count)
			counts[parts->names[i].lease]++;
	for (size_t i = 0; i < table->count; i++)
		table->leases[i].names = arena_array(table->arena, counts[i] + 1, sizeof(char *));
	memset(counts, 0, table->count * sizeof(*counts));
	for (uint32_t i = 0; i < parts->header->name_count; i++) {
		const struct dns_table_name *name = &parts->names[i];

		if (name->lease < table->count)
			table->leases[name->lease].names[counts[name->lease]++] =
				arena_string(table->arena, dns_table_text(parts, name->text));
	}
}

/* Names lead to leases by their numbers: so these go last. */
static void drop_struck(struct dns_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++)
		if (table->leases[i].container_id[0])
			table->leases[kept++] = table->leases[i];
	table->count = kept;
}

static void load_parts(const struct dns_table_parts *parts, struct dns_table *table)
{
	dns_table_read_subnet(&parts->header->subnets[0], &table->subnet4, &table->last4);
	dns_table_read_subnet(&parts->header->subnets[1], &table->subnet6, &table->last6);
	table->count = parts->header->lease_count;
	for (size_t i = 0; i < table->count; i++) {
		const struct dns_table_lease *from = &parts->leases[i];
		struct dns_lease *lease;

		table->leases = arena_grow(table->arena, table->leases, i, sizeof(*table->leases));
		lease = &table->leases[i];
		*lease = (struct dns_lease){0};
		snprintf(lease->container_id, sizeof(lease->container_id), "%.64s",
			 from->container_id);
		lease->container_name =
			arena_string(table->arena, dns_table_text(parts, from->container_name));
		if (from->project)
			lease->project =
				arena_string(table->arena, dns_table_text(parts, from->project));
		lease->is_visible = from->is_visible != 0;
		lease->ipv4 = cidr_from_bytes(from->ipv4, AF_INET);
		lease->ipv6 = cidr_from_bytes(from->ipv6, AF_INET6);
		memcpy(lease->mac, from->mac, sizeof(lease->mac));
		lease->is_unguarded = from->is_unguarded;
		lease->has_link_local = from->has_link_local;
	}
	load_names(parts, table);
	drop_struck(table);
}

int dns_names_open(int network_dirfd, const char *network)
{
	return open_table(network_dirfd, network, O_RDONLY, NULL);
}

int dns_names_load(int network_dirfd, const char *network, struct dns_table *table,
		   struct arena *arena, struct error *err)
{
	struct error why = {0};
	auto_close int fd = open_table(network_dirfd, network, O_RDONLY, &why);
	struct dns_table_parts parts;
	size_t size;
	void *bytes;

	*table = (struct dns_table){.arena = arena};
	if (fd < 0 && why.code != ENOENT)
		return error_set(err, why.code, "cannot read the table of network '%s': %s",
				 network, why.text);
	bytes = fd < 0 ? NULL : dns_table_map(fd, PROT_READ, &size);
	if (!bytes)
		return 0;
	if (dns_table_split(&parts, bytes, size))
		load_parts(&parts, table);
	munmap(bytes, size);
	return 0;
}

static uint32_t add_text(struct strbuf *text, const char *value)
{
	uint32_t offset = (uint32_t)text->length;

	if (!value || !*value)
		return 0;
	strbuf_add_n(text, value, strlen(value) + 1);
	return offset;
}

static int compare_names(const void *a, const void *b)
{
	const struct dns_table_name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->lease < y->lease ? -1 : x->lease > y->lease;
}

static void save_subnet(struct dns_table_subnet *to, const struct cidr *subnet, ip_number last)
{
	if (!subnet->family)
		return;
	to->family = (uint32_t)subnet->family;
	to->prefix = subnet->prefix;
	cidr_to_bytes(to->address, subnet->family, subnet->address);
	cidr_to_bytes(to->last, subnet->family, last);
}

static void save_lease(struct dns_table_lease *to, const struct dns_lease *lease,
		       struct strbuf *text)
{
	to->is_visible = lease->is_visible;
	to->container_name = add_text(text, lease->container_name);
	to->project = add_text(text, lease->project);
	cidr_to_bytes(to->ipv4, AF_INET, lease->ipv4);
	cidr_to_bytes(to->ipv6, AF_INET6, lease->ipv6);
	memcpy(to->mac, lease->mac, sizeof(to->mac));
	to->is_unguarded = lease->is_unguarded;
	to->has_link_local = lease->has_link_local;
	memcpy(to->container_id, lease->container_id, sizeof(to->container_id));
}

static void build(struct strbuf *out, const struct dns_table *table)
{
	auto_strbuf struct strbuf text = {0}, names = {0};
	auto_free struct dns_table_lease *leases =
		alloc_zeroed(table->count + 1, sizeof(struct dns_table_lease));
	struct dns_table_header header = {.magic = DNS_TABLE_MAGIC,
					  .lease_count = (uint32_t)table->count};

	strbuf_add_n(&text, "", 1);
	for (size_t i = 0; i < table->count; i++) {
		save_lease(&leases[i], &table->leases[i], &text);
		for (char **name = table->leases[i].names; name && *name; name++) {
			struct dns_table_name entry = {
				.hash = dns_table_hash(*name, strlen(*name)),
				.text = add_text(&text, *name),
				.lease = (uint32_t)i,
			};

			strbuf_add_n(&names, &entry, sizeof(entry));
			header.name_count++;
		}
	}
	if (header.name_count > 0)
		qsort(names.text, header.name_count, sizeof(struct dns_table_name), compare_names);
	header.text_size = (uint32_t)text.length;
	save_subnet(&header.subnets[0], &table->subnet4, table->last4);
	save_subnet(&header.subnets[1], &table->subnet6, table->last6);
	strbuf_add_n(out, &header, sizeof(header));
	strbuf_add_n(out, leases, table->count * sizeof(*leases));
	if (names.length > 0)
		strbuf_add_n(out, names.text, names.length);
	strbuf_add_n(out, text.text, text.length);
}

/* It may well be there. Anything else that is no table is as none. */
static bool is_withheld(int number)
{
	return error_is_shortage(number) || number == EIO;
}

struct change {
	void (*apply)(const struct dns_table_parts *parts, const void *data);
	const void *data;
};

/* Maps the current table for writing, if there is one, and changes it. */
static int with_current(int dirfd, const char *network, struct change change, struct error *err)
{
	struct error why = {0};
	auto_close int fd = open_table(dirfd, network, O_RDWR, &why);
	struct dns_table_parts parts;
	size_t size;
	void *bytes;

	if (fd < 0 && is_withheld(why.code))
		return error_set(err, why.code, "cannot change the names of network '%s': %s",
				 network, why.text);
	bytes = fd < 0 ? NULL : dns_table_map(fd, PROT_READ | PROT_WRITE, &size);
	if (!bytes)
		return 0;
	if (dns_table_split(&parts, bytes, size))
		change.apply(&parts, change.data);
	munmap(bytes, size);
	return 0;
}

static void supersede(const struct dns_table_parts *parts, const void *data)
{
	(void)data;
	atomic_store_explicit(&parts->header->is_superseded, 1, memory_order_release);
}

int dns_names_save(int network_dirfd, const char *network, const struct dns_table *table,
		   struct error *err)
{
	auto_strbuf struct strbuf bytes = {0};
	char path[300];

	if (mkdirat(network_dirfd, network, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "cannot create the run directory of network '%s'", network);
	build(&bytes, table);
	table_path(path, sizeof(path), network);
	if (with_current(network_dirfd, network, (struct change){supersede, NULL}, err) < 0)
		return -1;
	if (file_replace_volatile(network_dirfd, path, bytes.text, bytes.length, 0600, err) < 0)
		return error_wrap(err, "cannot write the table of network '%s'", network);
	return 0;
}

int dns_names_remove(int network_dirfd, const char *network, struct error *err)
{
	if (with_current(network_dirfd, network, (struct change){supersede, NULL}, err) < 0)
		return -1;
	return file_remove_tree(network_dirfd, network, err);
}

struct visibility {
	const char *container_id;
	bool visible;
};

static void show(const struct dns_table_parts *parts, const void *data)
{
	const struct visibility *wanted = data;

	for (uint32_t i = 0; i < parts->header->lease_count; i++)
		if (strncmp(parts->leases[i].container_id, wanted->container_id, 65) == 0)
			atomic_store_explicit(&parts->leases[i].is_visible, wanted->visible,
					      memory_order_release);
}

int dns_names_set_visible(int network_dirfd, const char *network, const char *container_id,
			  bool visible, struct error *err)
{
	struct visibility wanted = {container_id, visible};

	return with_current(network_dirfd, network, (struct change){show, &wanted}, err);
}

static void strike(const struct dns_table_parts *parts, const void *data)
{
	const struct map *gone = data;

	for (uint32_t i = 0; i < parts->header->lease_count; i++) {
		struct dns_table_lease *lease = &parts->leases[i];
		char id[sizeof(lease->container_id)];

		snprintf(id, sizeof(id), "%.64s", lease->container_id);
		if (!map_has(gone, id))
			continue;
		atomic_store_explicit(&lease->is_visible, 0, memory_order_release);
		lease->container_id[0] = '\0';
	}
}

int dns_names_strike(int network_dirfd, const char *network, char *const *container_ids,
		     size_t count, struct error *err)
{
	auto_map struct map gone = {0};

	for (size_t i = 0; i < count; i++)
		map_set(&gone, container_ids[i], container_ids[i]);
	return with_current(network_dirfd, network, (struct change){strike, &gone}, err);
}

struct dns_lease *dns_names_add(struct dns_table *table, const char *container_id)
{
	struct dns_lease *lease;

	table->leases =
		arena_grow(table->arena, table->leases, table->count, sizeof(*table->leases));
	lease = &table->leases[table->count++];
	*lease = (struct dns_lease){0};
	snprintf(lease->container_id, sizeof(lease->container_id), "%s", container_id);
	return lease;
}

struct dns_lease *dns_names_find(const struct dns_table *table, const char *container_id)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->leases[i].container_id, container_id) == 0)
			return &table->leases[i];
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_names.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#define MAGIC	   UINT64_C(0x31656d616e726f63) /* "cornames1" cut to eight bytes */
#define TABLE_FILE "table"
#define SIZE_LIMIT ((size_t)256 << 20)

/* The file: a header, the leases, the names sorted by hash, and all text. Texts are offsets into
 * the last part, which ends with a NUL. Readers check every number, whoever wrote it. */
struct file_subnet {
	uint8_t address[16], last[16];
	uint32_t family, prefix;
};

struct file_header {
	uint64_t magic;
	_Atomic uint32_t is_superseded;
	uint32_t lease_count, name_count, text_size;
	struct file_subnet subnets[2];
};

struct file_lease {
	_Atomic uint32_t is_visible;
	uint32_t container_name, project; /* project 0: none; text 0 is "" */
	uint8_t ipv4[4], ipv6[16], mac[6];
	char container_id[65];
	uint8_t padding[5];
};

struct file_name {
	uint32_t hash, text, lease;
};

struct parts {
	struct file_header *header;
	struct file_lease *leases;
	struct file_name *names;
	const char *text;
};

static uint32_t hash_name(const char *name, size_t length)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)tolower((unsigned char)name[i])) * 16777619U;
	return hash;
}

/* False unless sizes and ends are as the header says. */
static bool split(struct parts *parts, const void *bytes, size_t size)
{
	struct file_header *header = (struct file_header *)bytes;
	uint64_t expected = sizeof(*header);

	if (!bytes || size < sizeof(*header) || header->magic != MAGIC)
		return false;
	expected += (uint64_t)header->lease_count * sizeof(struct file_lease);
	expected += (uint64_t)header->name_count * sizeof(struct file_name);
	expected += header->text_size;
	if (expected != size || header->text_size == 0)
		return false;
	parts->header = header;
	parts->leases = (struct file_lease *)(header + 1);
	parts->names = (struct file_name *)(parts->leases + header->lease_count);
	parts->text = (const char *)(parts->names + header->name_count);
	return parts->text[header->text_size - 1] == '\0' && parts->text[0] == '\0';
}

static const char *text_at(const struct parts *parts, uint32_t offset)
{
	return parts->text + (offset < parts->header->text_size ? offset : 0);
}

static void table_path(char *out, size_t size, const char *network)
{
	snprintf(out, size, "%s/" TABLE_FILE, network);
}

static int open_table(int dirfd, const char *network, int flags)
{
	char path[300];

	table_path(path, sizeof(path), network);
	return openat(dirfd, path, flags | O_CLOEXEC | O_NOFOLLOW);
}

/* Maps a whole file; NULL when it is empty or absurd. */
static void *map_file(int fd, int protection, size_t *size, uint64_t *inode)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(struct file_header) ||
	    (size_t)status.st_size > SIZE_LIMIT)
		return NULL;
	bytes = mmap(NULL, (size_t)status.st_size, protection, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	*size = (size_t)status.st_size;
	*inode = status.st_ino;
	return bytes;
}

static void load_subnet(const struct file_subnet *from, struct cidr *subnet, ip_number *last)
{
	int family = (int)from->family;

	if ((family != AF_INET && family != AF_INET6) || from->prefix > cidr_bits(family))
		return;
	*subnet = (struct cidr){
		.family = family,
		.address = cidr_from_bytes(from->address, family),
		.prefix = from->prefix,
	};
	*last = cidr_from_bytes(from->last, family);
}

static void load_names(const struct parts *parts, struct dns_table *table)
{
	auto_free uint32_t *counts = alloc_zeroed(table->count + 1, sizeof(*counts));

	for (uint32_t i = 0; i < parts->header->name_count; i++)
		if (parts->names[i].lease < table->count)
			counts[parts->names[i].lease]++;
	for (size_t i = 0; i < table->count; i++)
		table->leases[i].names = arena_array(table->arena, counts[i] + 1, sizeof(char *));
	memset(counts, 0, table->count * sizeof(*counts));
	for (uint32_t i = 0; i < parts->header->name_count; i++) {
		const struct file_name *name = &parts->names[i];

		if (name->lease < table->count)
			table->leases[name->lease].names[counts[name->lease]++] =
				arena_string(table->arena, text_at(parts, name->text));
	}
}

static void load_parts(const struct parts *parts, struct dns_table *table)
{
	load_subnet(&parts->header->subnets[0], &table->subnet4, &table->last4);
	load_subnet(&parts->header->subnets[1], &table->subnet6, &table->last6);
	table->count = parts->header->lease_count;
	for (size_t i = 0; i < table->count; i++) {
		const struct file_lease *from = &parts->leases[i];
		struct dns_lease *lease;

		table->leases = arena_grow(table->arena, table->leases, i, sizeof(*table->leases));
		lease = &table->leases[i];
		*lease = (struct dns_lease){0};
		snprintf(lease->container_id, sizeof(lease->container_id), "%.64s",
			 from->container_id);
		lease->container_name =
			arena_string(table->arena, text_at(parts, from->container_name));
		if (from->project)
			lease->project = arena_string(table->arena, text_at(parts, from->project));
		lease->is_visible = from->is_visible != 0;
		lease->ipv4 = cidr_from_bytes(from->ipv4, AF_INET);
		lease->ipv6 = cidr_from_bytes(from->ipv6, AF_INET6);
		memcpy(lease->mac, from->mac, sizeof(lease->mac));
	}
	load_names(parts, table);
}

int dns_names_load(int network_dirfd, const char *network, struct dns_table *table,
		   struct arena *arena, struct error *err)
{
	auto_close int fd = open_table(network_dirfd, network, O_RDONLY);
	struct parts parts;
	uint64_t inode;
	size_t size;
	void *bytes;

	*table = (struct dns_table){.arena = arena};
	if (fd < 0 && errno != ENOENT)
		return error_errno(err, "cannot open the table of network '%s'", network);
	bytes = fd < 0 ? NULL : map_file(fd, PROT_READ, &size, &inode);
	if (!bytes)
		return 0;
	if (split(&parts, bytes, size))
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
	const struct file_name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->lease < y->lease ? -1 : x->lease > y->lease;
}

static void save_subnet(struct file_subnet *to, const struct cidr *subnet, ip_number last)
{
	if (!subnet->family)
		return;
	to->family = (uint32_t)subnet->family;
	to->prefix = subnet->prefix;
	cidr_to_bytes(to->address, subnet->family, subnet->address);
	cidr_to_bytes(to->last, subnet->family, last);
}

static void save_lease(struct file_lease *to, const struct dns_lease *lease, struct strbuf *text)
{
	to->is_visible = lease->is_visible;
	to->container_name = add_text(text, lease->container_name);
	to->project = add_text(text, lease->project);
	cidr_to_bytes(to->ipv4, AF_INET, lease->ipv4);
	cidr_to_bytes(to->ipv6, AF_INET6, lease->ipv6);
	memcpy(to->mac, lease->mac, sizeof(to->mac));
	memcpy(to->container_id, lease->container_id, sizeof(to->container_id));
}

static void build(struct strbuf *out, const struct dns_table *table)
{
	auto_strbuf struct strbuf text = {0}, names = {0};
	auto_free struct file_lease *leases =
		alloc_zeroed(table->count + 1, sizeof(struct file_lease));
	struct file_header header = {.magic = MAGIC, .lease_count = (uint32_t)table->count};

	strbuf_add_n(&text, "", 1);
	for (size_t i = 0; i < table->count; i++) {
		save_lease(&leases[i], &table->leases[i], &text);
		for (char **name = table->leases[i].names; name && *name; name++) {
			struct file_name entry = {
				.hash = hash_name(*name, strlen(*name)),
				.text = add_text(&text, *name),
				.lease = (uint32_t)i,
			};

			strbuf_add_n(&names, &entry, sizeof(entry));
			header.name_count++;
		}
	}
	if (header.name_count > 0)
		qsort(names.text, header.name_count, sizeof(struct file_name), compare_names);
	header.text_size = (uint32_t)text.length;
	save_subnet(&header.subnets[0], &table->subnet4, table->last4);
	save_subnet(&header.subnets[1], &table->subnet6, table->last6);
	strbuf_add_n(out, &header, sizeof(header));
	strbuf_add_n(out, leases, table->count * sizeof(*leases));
	if (names.length > 0)
		strbuf_add_n(out, names.text, names.length);
	strbuf_add_n(out, text.text, text.length);
}

/* Maps the current table for writing and shows it to @change. */
static void with_current(int dirfd, const char *network,
			 void (*change)(const struct parts *parts, const void *data),
			 const void *data)
{
	auto_close int fd = open_table(dirfd, network, O_RDWR);
	struct parts parts;
	uint64_t inode;
	size_t size;
	void *bytes = fd < 0 ? NULL : map_file(fd, PROT_READ | PROT_WRITE, &size, &inode);

	if (!bytes)
		return;
	if (split(&parts, bytes, size))
		change(&parts, data);
	munmap(bytes, size);
}

static void supersede(const struct parts *parts, const void *data)
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
	with_current(network_dirfd, network, supersede, NULL);
	if (file_replace_volatile(network_dirfd, path, bytes.text, bytes.length, 0600, err) < 0)
		return error_wrap(err, "cannot write the table of network '%s'", network);
	return 0;
}

int dns_names_remove(int network_dirfd, const char *network, struct error *err)
{
	with_current(network_dirfd, network, supersede, NULL);
	return file_remove_tree(network_dirfd, network, err);
}

struct visibility {
	const char *container_id;
	bool visible;
};

static void show(const struct parts *parts, const void *data)
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

	(void)err;
	with_current(network_dirfd, network, show, &wanted);
	return 0;
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

void dns_view_init(struct dns_view *view, int network_dirfd, const char *network)
{
	*view = (struct dns_view){.network_dirfd = network_dirfd, .network = network};
	dns_view_refresh(view);
}

static void unmap(struct dns_view *view)
{
	if (view->bytes && view->network_dirfd >= 0)
		munmap((void *)view->bytes, view->size);
	view->bytes = NULL;
}

void dns_view_release(struct dns_view *view)
{
	unmap(view);
	*view = (struct dns_view){.network_dirfd = -1};
}

void dns_view_from_bytes(struct dns_view *view, const void *bytes, size_t size)
{
	*view = (struct dns_view){
		.network_dirfd = -1,
		.network = "",
		.bytes = bytes,
		.size = size,
	};
}

void dns_view_refresh(struct dns_view *view)
{
	const struct file_header *header = (const void *)view->bytes;
	auto_close int fd = -1;
	uint64_t inode = 0;
	size_t size = 0;
	void *bytes;

	if (view->network_dirfd < 0 ||
	    (header && !atomic_load_explicit(&header->is_superseded, memory_order_acquire)))
		return;
	fd = open_table(view->network_dirfd, view->network, O_RDONLY);
	bytes = fd < 0 ? NULL : map_file(fd, PROT_READ, &size, &inode);
	unmap(view);
	view->bytes = bytes;
	view->size = size;
	view->inode = inode;
}

static bool is_called(const char *text, const char *name, size_t length)
{
	return strncasecmp(text, name, length) == 0 && text[length] == '\0';
}

/* The first name with this hash or a greater one. */
static uint32_t lower_bound(const struct parts *parts, uint32_t hash)
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

static void fill_match(struct dns_match *match, const struct parts *parts,
		       const struct file_lease *lease)
{
	static const uint8_t none[16];

	match->project = text_at(parts, lease->project);
	memcpy(&match->ipv4, lease->ipv4, sizeof(lease->ipv4));
	memcpy(&match->ipv6, lease->ipv6, sizeof(lease->ipv6));
	match->has_ipv4 = memcmp(lease->ipv4, none, sizeof(lease->ipv4)) != 0;
	match->has_ipv6 = memcmp(lease->ipv6, none, sizeof(lease->ipv6)) != 0;
}

size_t dns_view_find(const struct dns_view *view, const char *name, size_t length,
		     struct dns_match *matches, size_t limit)
{
	uint32_t hash = hash_name(name, length);
	struct parts parts;
	size_t count = 0;

	if (!split(&parts, view->bytes, view->size))
		return 0;
	for (uint32_t i = lower_bound(&parts, hash);
	     i < parts.header->name_count && parts.names[i].hash == hash && count < limit; i++) {
		const struct file_name *entry = &parts.names[i];
		const struct file_lease *lease;

		if (entry->lease >= parts.header->lease_count ||
		    !is_called(text_at(&parts, entry->text), name, length))
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
	const struct file_subnet *subnet;
	struct parts parts;
	struct cidr cidr = {0};
	ip_number unused;

	*is_inside = false;
	if (!split(&parts, view->bytes, view->size))
		return NULL;
	subnet = &parts.header->subnets[family == AF_INET6];
	load_subnet(subnet, &cidr, &unused);
	*is_inside = cidr_contains(&cidr, family, cidr_from_bytes(address, family));
	for (uint32_t i = 0; *is_inside && i < parts.header->lease_count; i++) {
		const struct file_lease *lease = &parts.leases[i];
		const uint8_t *own = family == AF_INET ? lease->ipv4 : lease->ipv6;

		if (atomic_load_explicit(&lease->is_visible, memory_order_acquire) &&
		    memcmp(own, address, cidr_bits(family) / 8) == 0)
			return text_at(&parts, lease->container_name);
	}
	return NULL;
}

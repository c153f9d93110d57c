/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_table.h"

#include <ctype.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SIZE_LIMIT ((size_t)256 << 20)

uint32_t dns_table_hash(const char *name, size_t length)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)tolower((unsigned char)name[i])) * 16777619U;
	return hash;
}

bool dns_table_split(struct dns_table_parts *parts, const void *bytes, size_t size)
{
	struct dns_table_header *header = (struct dns_table_header *)bytes;
	uint64_t expected = sizeof(*header);

	if (!bytes || size < sizeof(*header) || header->magic != DNS_TABLE_MAGIC)
		return false;
	expected += (uint64_t)header->lease_count * sizeof(struct dns_table_lease);
	expected += (uint64_t)header->name_count * sizeof(struct dns_table_name);
	expected += header->text_size;
	if (expected != size || header->text_size == 0)
		return false;
	parts->header = header;
	parts->leases = (struct dns_table_lease *)(header + 1);
	parts->names = (struct dns_table_name *)(parts->leases + header->lease_count);
	parts->text = (const char *)(parts->names + header->name_count);
	return parts->text[header->text_size - 1] == '\0' && parts->text[0] == '\0';
}

const char *dns_table_text(const struct dns_table_parts *parts, uint32_t offset)
{
	return parts->text + (offset < parts->header->text_size ? offset : 0);
}

void *dns_table_map(int fd, int protection, size_t *size)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(struct dns_table_header) ||
	    (size_t)status.st_size > SIZE_LIMIT)
		return NULL;
	bytes = mmap(NULL, (size_t)status.st_size, protection, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	*size = (size_t)status.st_size;
	return bytes;
}

void dns_table_read_subnet(const struct dns_table_subnet *from, struct cidr *subnet,
			   ip_number *last)
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

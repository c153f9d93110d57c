/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a context: status of a file → digest of its content.
 *
 * ROOT/build/contexts/HEX is a hash table in a file, by device and inode. It is mapped, never
 * changed: what is new goes to another table, which takes the old one's place at the end together
 * with what was there. So a kill, or two builds at once, lose entries at most. A table that is not
 * as it should be is ignored, and so is each entry whose check is wrong.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "builder/source/source_private.h"
#include "builder/source/source_table.h"
#include "storage/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>

#define COST_OF_A_FILE	 4096 /* bytes that could be read meanwhile */
#define COST_OF_AN_ENTRY 16   /* the same, to write one */
#define DIRECTORY	 "build/contexts"
/* Pages of large tables do not stay in this process' memory. */
#define LOOKS_UNTIL_DROPPED 4096
/* So many times may a table be written without an entry being needed. */
#define MOST_AGE 16
/* The kernel's clock of files goes by ticks, some file systems' by seconds. */
#define TICK_NS	       ((int64_t)40000000)
#define COARSE_TICK_NS ((int64_t)2100000000)

struct source_index {
	int directory_fd;
	char name[DIGEST_HEX_SIZE];
	char temporary[DIGEST_HEX_SIZE + 16];
	uint8_t machine[32];
	struct source_table old, fresh;
	uint8_t *used; /* a bit for each slot of the old one */
	unsigned looks;
	uint64_t unsaved_bytes; /* of files that were read and are not in @fresh */
};

/* A table that came here with a copy of the whole disk is about other files. */
static void identify_machine(struct source_index *index)
{
	auto_strbuf struct strbuf id = {0};

	if (file_read(AT_FDCWD, "/etc/machine-id", 256, &id, NULL) < 0)
		strbuf_clear(&id);
	memset(index->machine, 0, sizeof(index->machine));
	memcpy(index->machine, strbuf_text(&id),
	       id.length < sizeof(index->machine) ? id.length : sizeof(index->machine));
}

int source_index_open(struct source_index **opened, const struct layout *layout, const char *key,
		      struct error *err)
{
	struct source_index *index;
	int fd;

	*opened = NULL;
	if (file_make_directories(layout->root_fd, DIRECTORY, 0700, err) < 0)
		return -1;
	fd = openat(layout->root_fd, DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open '%s/%s'", layout->root, DIRECTORY);
	index = alloc_zeroed(1, sizeof(*index));
	index->directory_fd = fd;
	index->fresh.fd = -1;
	digest_hex(index->name, key, strlen(key));
	identify_machine(index);
	if (source_table_open(&index->old, index->directory_fd, index->name, index->machine))
		index->used = alloc_zeroed(index->old.header->slots / 8 + 1, 1);
	*opened = index;
	return 0;
}

static void drop_pages(const struct source_index *index, const struct source_table *other)
{
	source_table_drop_pages(&index->old);
	source_table_drop_pages(&index->fresh);
	if (other)
		source_table_drop_pages(other);
}

static void look(struct source_index *index)
{
	if (++index->looks % LOOKS_UNTIL_DROPPED == 0)
		drop_pages(index, NULL);
}

static void format_hex(char hex[DIGEST_HEX_SIZE], const uint8_t digest[32])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 32; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[64] = '\0';
}

static uint8_t digit_value(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

bool source_index_find(struct source_index *index, const struct stat *status,
		       char hex[DIGEST_HEX_SIZE])
{
	struct source_table_entry wanted = source_table_entry(status);
	const struct source_table_entry *entry;

	if (!index)
		return false;
	look(index);
	entry = source_table_find(&index->fresh, &wanted);
	if (!entry) {
		entry = source_table_find(&index->old, &wanted);
		if (!entry)
			return false;
		index->used[(entry - index->old.entries) / 8] |=
			(uint8_t)(1U << (entry - index->old.entries) % 8);
	}
	format_hex(hex, entry->digest);
	return true;
}

/* Room for all that the old one has, and some more. */
static uint64_t first_slots(const struct source_table *old)
{
	uint64_t groups = old->header ? old->header->count * 2 / SOURCE_TABLE_NEIGHBOURS : 0;

	return SOURCE_TABLE_LEAST_SLOTS + groups * SOURCE_TABLE_NEIGHBOURS;
}

static bool create(struct source_index *index, struct source_table *table, uint64_t slots)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint64_t)getpid();
	snprintf(index->temporary, sizeof(index->temporary), ".%016llx.new",
		 (unsigned long long)number);
	if (!source_table_create(table, index->directory_fd, index->temporary, slots))
		return false;
	memcpy(table->header->machine, index->machine, sizeof(index->machine));
	return true;
}

/* A table twice as large, with what was in it. */
static bool grow(struct source_index *index)
{
	struct source_table larger, *fresh = &index->fresh;
	char before[sizeof(index->temporary)];
	uint64_t slots = fresh->header ? fresh->header->slots * 2 : first_slots(&index->old);

	memcpy(before, index->temporary, sizeof(before));
	if (slots > SOURCE_TABLE_MOST_SLOTS || !create(index, &larger, slots)) {
		memcpy(index->temporary, before, sizeof(before));
		return false;
	}
	for (uint64_t i = 0; fresh->header && i < fresh->header->slots; i++) {
		if (!fresh->entries[i].inode)
			continue;
		source_table_put(&larger, &fresh->entries[i]);
		if (i % LOOKS_UNTIL_DROPPED == 0)
			drop_pages(index, &larger);
	}
	if (fresh->header)
		unlinkat(index->directory_fd, before, 0);
	source_table_close(fresh);
	*fresh = larger;
	return true;
}

static bool make_room(struct source_index *index)
{
	const struct source_table_header *header = index->fresh.header;

	return (header && header->count < header->slots / 2) || grow(index);
}

/* A file that changed just now may change again without any of its times showing it. */
static bool is_too_young(const struct source_table_entry *entry)
{
	bool is_coarse = entry->ctime_ns % 1000000000 == 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return entry->ctime_ns > (int64_t)now.tv_sec * 1000000000 + now.tv_nsec -
					 (is_coarse ? COARSE_TICK_NS : TICK_NS);
}

/* A large table is not written anew for a few small files: they are read again, which is quicker.
 */
static bool is_worth_writing(struct source_index *index, const struct stat *status)
{
	if (index->fresh.header || !index->old.header)
		return true;
	index->unsaved_bytes += (uint64_t)status->st_size + COST_OF_A_FILE;
	return index->unsaved_bytes > index->old.header->count * COST_OF_AN_ENTRY;
}

void source_index_add(struct source_index *index, const struct stat *status,
		      const char hex[DIGEST_HEX_SIZE])
{
	struct source_table_entry entry = source_table_entry(status);

	if (!index || is_too_young(&entry) || !is_worth_writing(index, status) || !make_room(index))
		return;
	for (size_t i = 0; i < 32; i++)
		entry.digest[i] =
			(uint8_t)(digit_value(hex[2 * i]) << 4 | digit_value(hex[2 * i + 1]));
	entry.check = source_table_check(&entry);
	source_table_put(&index->fresh, &entry);
}

static bool was_used(const struct source_index *index, uint64_t slot)
{
	return index->used[slot / 8] >> slot % 8 & 1;
}

/* What the old table knew and the new one does not, as long as somebody asks for it. */
static bool keep_old(struct source_index *index, uint32_t generation)
{
	const struct source_table *old = &index->old;

	for (uint64_t i = 0; old->header && i < old->header->slots; i++) {
		struct source_table_entry entry = old->entries[i];

		look(index);
		if (!entry.inode || entry.check != source_table_check(&entry) ||
		    (!was_used(index, i) && generation - entry.generation > MOST_AGE))
			continue;
		if (!make_room(index))
			return false;
		if (source_table_slot(&index->fresh, &entry)->inode)
			continue;
		if (was_used(index, i))
			entry.generation = generation;
		source_table_put(&index->fresh, &entry);
	}
	return true;
}

static void stamp_new(const struct source_table *fresh, uint32_t generation)
{
	for (uint64_t i = 0; i < fresh->header->slots; i++)
		if (fresh->entries[i].inode)
			fresh->entries[i].generation = generation;
}

static void save(struct source_index *index)
{
	uint64_t generation = index->old.header ? index->old.header->generation + 1 : 1;

	stamp_new(&index->fresh, (uint32_t)generation);
	keep_old(index, (uint32_t)generation);
	index->fresh.header->generation = generation;
	source_index_prune(index->directory_fd);
	if (renameat(index->directory_fd, index->temporary, index->directory_fd, index->name) < 0)
		unlinkat(index->directory_fd, index->temporary, 0);
}

void source_index_close(struct source_index *index)
{
	if (!index)
		return;
	if (index->fresh.header)
		save(index);
	else if (index->old.header)
		futimens(index->old.fd, NULL);
	source_table_close(&index->old);
	source_table_close(&index->fresh);
	close(index->directory_fd);
	free(index->used);
	free(index);
}

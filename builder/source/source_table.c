/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/source/source_table.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC	    0x31786469436f7243ULL
#define LARGE_TABLE ((size_t)12 << 20)

static uint64_t mix(uint64_t value)
{
	value ^= value >> 31;
	value *= 0x7fb5d329728ea185ULL;
	value ^= value >> 27;
	value *= 0x81dadef4bc2dd44dULL;
	return value ^ value >> 33;
}

uint32_t source_table_check(const struct source_table_entry *entry)
{
	uint64_t words[offsetof(struct source_table_entry, generation) / sizeof(uint64_t)];
	uint64_t sum = MAGIC;

	memcpy(words, entry, sizeof(words));
	for (size_t i = 0; i < array_length(words); i++)
		sum = mix(sum ^ words[i]);
	return (uint32_t)sum;
}

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

struct source_table_entry source_table_entry(const struct stat *status)
{
	return (struct source_table_entry){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.mtime_ns = nanoseconds(&status->st_mtim),
		.ctime_ns = nanoseconds(&status->st_ctim),
	};
}

static bool is_of_file(const struct source_table_entry *entry,
		       const struct source_table_entry *wanted)
{
	return entry->inode == wanted->inode && entry->device == wanted->device;
}

/* The file's slot, or the free one where it would be. Files of one directory have inodes close to
 * each other: so many of them are neighbours here, too, which keeps a walk on few pages. */
struct source_table_entry *source_table_slot(const struct source_table *table,
					     const struct source_table_entry *wanted)
{
	uint64_t slots = table->header->slots;
	uint64_t group = mix(wanted->inode / SOURCE_TABLE_NEIGHBOURS ^ mix(wanted->device));
	uint64_t at = group % (slots / SOURCE_TABLE_NEIGHBOURS) * SOURCE_TABLE_NEIGHBOURS +
		      wanted->inode % SOURCE_TABLE_NEIGHBOURS;

	while (table->entries[at].inode && !is_of_file(&table->entries[at], wanted))
		at = at + 1 == slots ? 0 : at + 1;
	return &table->entries[at];
}

void source_table_close(struct source_table *table)
{
	if (table->header)
		munmap(table->header, table->length);
	if (table->fd >= 0)
		close(table->fd);
	*table = (struct source_table){.fd = -1};
}

void source_table_drop_pages(const struct source_table *table)
{
	if (table->length > LARGE_TABLE)
		madvise(table->header, table->length, MADV_DONTNEED);
}

static bool table_map(struct source_table *table, size_t length, int protection)
{
	void *memory = mmap(NULL, length, protection, MAP_SHARED, table->fd, 0);

	if (memory == MAP_FAILED)
		return false;
	table->header = memory;
	table->entries = (struct source_table_entry *)(table->header + 1);
	table->length = length;
	return true;
}

static size_t table_length(uint64_t slots)
{
	return sizeof(struct source_table_header) +
	       (size_t)slots * sizeof(struct source_table_entry);
}

/* A table that is full would be searched for ever. */
static bool is_sound(const struct source_table *table, const uint8_t machine[32])
{
	const struct source_table_header *header = table->header;

	return header->magic == MAGIC && header->slots >= SOURCE_TABLE_LEAST_SLOTS &&
	       header->slots <= SOURCE_TABLE_MOST_SLOTS &&
	       header->slots % SOURCE_TABLE_NEIGHBOURS == 0 &&
	       header->count <= header->slots / 4 * 3 &&
	       table->length == table_length(header->slots) &&
	       memcmp(header->machine, machine, sizeof(header->machine)) == 0;
}

/* A damaged one may have no free slot: its count is not believed. */
static bool has_room(const struct source_table *table)
{
	for (uint64_t i = 0; i < table->header->slots; i++)
		if (!table->entries[i].inode)
			return true;
	return false;
}

const struct source_table_entry *source_table_find(const struct source_table *table,
						   const struct source_table_entry *wanted)
{
	const struct source_table_entry *entry =
		table->header ? source_table_slot(table, wanted) : NULL;

	if (!entry || !entry->inode || entry->size != wanted->size ||
	    entry->mtime_ns != wanted->mtime_ns || entry->ctime_ns != wanted->ctime_ns ||
	    entry->check != source_table_check(entry))
		return NULL;
	return entry;
}

void source_table_put(struct source_table *table, const struct source_table_entry *entry)
{
	struct source_table_entry *slot = source_table_slot(table, entry);

	table->header->count += !slot->inode;
	*slot = *entry;
}

bool source_table_open(struct source_table *table, int directory_fd, const char *name,
		       const uint8_t machine[32])
{
	struct stat status;

	*table = (struct source_table){
		.fd = file_open(directory_fd, name, O_RDONLY, NULL),
	};
	if (table->fd < 0)
		return false;
	if (fstat(table->fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size >= (off_t)sizeof(struct source_table_header) &&
	    table_map(table, (size_t)status.st_size, PROT_READ) && is_sound(table, machine) &&
	    has_room(table))
		return true;
	source_table_close(table);
	return false;
}

/* Room is taken at once: a full disk shall not kill whoever writes to the mapping. */
bool source_table_create(struct source_table *table, int directory_fd, const char *name,
			 uint64_t slots)
{
	*table = (struct source_table){
		.fd = openat(directory_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600),
	};
	if (table->fd < 0)
		return false;
	if (posix_fallocate(table->fd, 0, (off_t)table_length(slots)) == 0 &&
	    table_map(table, table_length(slots), PROT_READ | PROT_WRITE)) {
		*table->header = (struct source_table_header){.magic = MAGIC, .slots = slots};
		return true;
	}
	source_table_close(table);
	unlinkat(directory_fd, name, 0);
	return false;
}

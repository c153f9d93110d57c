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
#include "storage/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#define DIRECTORY   "build/contexts"
#define MAGIC	    0x31786469436f7243ULL
#define LEAST_SLOTS 1024U
#define MOST_SLOTS  ((uint64_t)16 << 20)
/* Pages of large tables do not stay in this process' memory. */
#define LOOKS_UNTIL_DROPPED 4096
#define LARGE_TABLE	    ((size_t)12 << 20)
/* So many times may a table be written without an entry being needed. */
#define MOST_AGE 16
/* The kernel's clock of files goes by ticks, some file systems' by seconds. */
#define TICK_NS	       ((int64_t)40000000)
#define COARSE_TICK_NS ((int64_t)2100000000)

struct header {
	uint64_t magic, slots, count, generation;
	uint8_t machine[32];
};

struct entry {
	uint64_t device, inode; /* inode 0: the slot is free */
	int64_t size, mtime_ns, ctime_ns;
	uint8_t digest[32];
	uint32_t generation, check;
};

struct table {
	int fd;
	struct header *header; /* NULL: there is none */
	struct entry *entries;
	size_t length;
};

struct source_index {
	int directory_fd;
	char name[DIGEST_HEX_SIZE];
	char temporary[DIGEST_HEX_SIZE + 16];
	uint8_t machine[32];
	struct table old, fresh;
	uint8_t *used; /* a bit for each slot of the old one */
	unsigned looks;
};

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static uint64_t mix(uint64_t value)
{
	value ^= value >> 31;
	value *= 0x7fb5d329728ea185ULL;
	value ^= value >> 27;
	value *= 0x81dadef4bc2dd44dULL;
	return value ^ value >> 33;
}

static uint32_t entry_check(const struct entry *entry)
{
	uint64_t words[offsetof(struct entry, generation) / sizeof(uint64_t)];
	uint64_t sum = MAGIC;

	memcpy(words, entry, sizeof(words));
	for (size_t i = 0; i < array_length(words); i++)
		sum = mix(sum ^ words[i]);
	return (uint32_t)sum;
}

static struct entry status_entry(const struct stat *status)
{
	return (struct entry){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.mtime_ns = nanoseconds(&status->st_mtim),
		.ctime_ns = nanoseconds(&status->st_ctim),
	};
}

static bool is_of_file(const struct entry *entry, const struct entry *wanted)
{
	return entry->inode == wanted->inode && entry->device == wanted->device;
}

/* The file's slot, or the free one where it would be. Files of one directory have inodes close to
 * each other: so many of them are neighbours here, too, which keeps a walk on few pages. */
#define NEIGHBOURS 16U

static struct entry *find_slot(const struct table *table, const struct entry *wanted)
{
	uint64_t slots = table->header->slots;
	uint64_t group = mix(wanted->inode / NEIGHBOURS ^ mix(wanted->device));
	uint64_t at = group % (slots / NEIGHBOURS) * NEIGHBOURS + wanted->inode % NEIGHBOURS;

	while (table->entries[at].inode && !is_of_file(&table->entries[at], wanted))
		at = at + 1 == slots ? 0 : at + 1;
	return &table->entries[at];
}

static void table_close(struct table *table)
{
	if (table->header)
		munmap(table->header, table->length);
	if (table->fd >= 0)
		close(table->fd);
	*table = (struct table){.fd = -1};
}

static void table_drop_pages(const struct table *table)
{
	if (table->length > LARGE_TABLE)
		madvise(table->header, table->length, MADV_DONTNEED);
}

static bool table_map(struct table *table, size_t length, int protection)
{
	void *memory = mmap(NULL, length, protection, MAP_SHARED, table->fd, 0);

	if (memory == MAP_FAILED)
		return false;
	table->header = memory;
	table->entries = (struct entry *)(table->header + 1);
	table->length = length;
	return true;
}

static size_t table_length(uint64_t slots)
{
	return sizeof(struct header) + (size_t)slots * sizeof(struct entry);
}

/* A table that is full would be searched for ever. */
static bool is_sound(const struct source_index *index, const struct table *table)
{
	const struct header *header = table->header;

	return header->magic == MAGIC && header->slots >= LEAST_SLOTS &&
	       header->slots <= MOST_SLOTS && header->slots % NEIGHBOURS == 0 &&
	       header->count <= header->slots / 4 * 3 &&
	       table->length == table_length(header->slots) &&
	       memcmp(header->machine, index->machine, sizeof(header->machine)) == 0;
}

/* A damaged one may have no free slot: its count is not believed. */
static bool has_room(const struct table *table)
{
	for (uint64_t i = 0; i < table->header->slots; i++)
		if (!table->entries[i].inode)
			return true;
	return false;
}

static void open_old(struct source_index *index)
{
	struct table *table = &index->old;
	struct stat status;

	table->fd = openat(index->directory_fd, index->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (table->fd < 0)
		return;
	if (fstat(table->fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size < (off_t)sizeof(struct header) ||
	    !table_map(table, (size_t)status.st_size, PROT_READ) || !is_sound(index, table) ||
	    !has_room(table)) {
		table_close(table);
		return;
	}
	index->used = alloc_zeroed(table->header->slots / 8 + 1, 1);
}

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
	index->old.fd = index->fresh.fd = -1;
	digest_hex(index->name, key, strlen(key));
	identify_machine(index);
	open_old(index);
	*opened = index;
	return 0;
}

static void drop_pages(const struct source_index *index, const struct table *other)
{
	table_drop_pages(&index->old);
	table_drop_pages(&index->fresh);
	if (other)
		table_drop_pages(other);
}

static void look(struct source_index *index)
{
	if (++index->looks % LOOKS_UNTIL_DROPPED == 0)
		drop_pages(index, NULL);
}

static const struct entry *find_in(const struct table *table, const struct entry *wanted)
{
	const struct entry *entry = table->header ? find_slot(table, wanted) : NULL;

	if (!entry || !entry->inode || entry->size != wanted->size ||
	    entry->mtime_ns != wanted->mtime_ns || entry->ctime_ns != wanted->ctime_ns ||
	    entry->check != entry_check(entry))
		return NULL;
	return entry;
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
	struct entry wanted = status_entry(status);
	const struct entry *entry;

	if (!index)
		return false;
	look(index);
	entry = find_in(&index->fresh, &wanted);
	if (!entry) {
		entry = find_in(&index->old, &wanted);
		if (!entry)
			return false;
		index->used[(entry - index->old.entries) / 8] |=
			(uint8_t)(1U << (entry - index->old.entries) % 8);
	}
	format_hex(hex, entry->digest);
	return true;
}

/* The new table's file; the name is taken away when it cannot be used. */
static bool table_create(struct source_index *index, struct table *table, uint64_t slots)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
		number = (uint64_t)getpid();
	*table = (struct table){.fd = -1};
	snprintf(index->temporary, sizeof(index->temporary), ".%016llx.new",
		 (unsigned long long)number);
	table->fd = openat(index->directory_fd, index->temporary,
			   O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (table->fd < 0)
		return false;
	/* Room is taken at once: a full disk shall not kill whoever writes to the mapping. */
	if (posix_fallocate(table->fd, 0, (off_t)table_length(slots)) == 0 &&
	    table_map(table, table_length(slots), PROT_READ | PROT_WRITE)) {
		*table->header = (struct header){.magic = MAGIC, .slots = slots};
		memcpy(table->header->machine, index->machine, sizeof(index->machine));
		return true;
	}
	table_close(table);
	unlinkat(index->directory_fd, index->temporary, 0);
	return false;
}

static void put(struct table *table, const struct entry *entry)
{
	struct entry *slot = find_slot(table, entry);

	table->header->count += !slot->inode;
	*slot = *entry;
}

/* Room for all that the old one has, and some more. */
static uint64_t first_slots(const struct table *old)
{
	uint64_t groups = old->header ? old->header->count * 2 / NEIGHBOURS : 0;

	return LEAST_SLOTS + groups * NEIGHBOURS;
}

/* A table twice as large, with what was in it. */
static bool grow(struct source_index *index)
{
	struct table larger, *fresh = &index->fresh;
	char before[sizeof(index->temporary)];
	uint64_t slots = fresh->header ? fresh->header->slots * 2 : first_slots(&index->old);

	memcpy(before, index->temporary, sizeof(before));
	if (slots > MOST_SLOTS || !table_create(index, &larger, slots)) {
		memcpy(index->temporary, before, sizeof(before));
		return false;
	}
	for (uint64_t i = 0; fresh->header && i < fresh->header->slots; i++) {
		if (!fresh->entries[i].inode)
			continue;
		put(&larger, &fresh->entries[i]);
		if (i % LOOKS_UNTIL_DROPPED == 0)
			drop_pages(index, &larger);
	}
	if (fresh->header)
		unlinkat(index->directory_fd, before, 0);
	table_close(fresh);
	*fresh = larger;
	return true;
}

static bool make_room(struct source_index *index)
{
	const struct header *header = index->fresh.header;

	return (header && header->count < header->slots / 2) || grow(index);
}

/* A file that changed just now may change again without any of its times showing it. */
static bool is_too_young(const struct stat *status)
{
	bool is_coarse = status->st_ctim.tv_nsec == 0;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return nanoseconds(&status->st_ctim) >
	       nanoseconds(&now) - (is_coarse ? COARSE_TICK_NS : TICK_NS);
}

void source_index_add(struct source_index *index, const struct stat *status,
		      const char hex[DIGEST_HEX_SIZE])
{
	struct entry entry = status_entry(status);

	if (!index || is_too_young(status) || !make_room(index))
		return;
	for (size_t i = 0; i < 32; i++)
		entry.digest[i] =
			(uint8_t)(digit_value(hex[2 * i]) << 4 | digit_value(hex[2 * i + 1]));
	entry.check = entry_check(&entry);
	put(&index->fresh, &entry);
}

static bool was_used(const struct source_index *index, uint64_t slot)
{
	return index->used[slot / 8] >> slot % 8 & 1;
}

/* What the old table knew and the new one does not, as long as somebody asks for it. */
static bool keep_old(struct source_index *index, uint32_t generation)
{
	const struct table *old = &index->old;

	for (uint64_t i = 0; old->header && i < old->header->slots; i++) {
		struct entry entry = old->entries[i];

		look(index);
		if (!entry.inode || entry.check != entry_check(&entry) ||
		    (!was_used(index, i) && generation - entry.generation > MOST_AGE))
			continue;
		if (!make_room(index))
			return false;
		if (find_slot(&index->fresh, &entry)->inode)
			continue;
		if (was_used(index, i))
			entry.generation = generation;
		put(&index->fresh, &entry);
	}
	return true;
}

static void stamp_new(const struct table *fresh, uint32_t generation)
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
	table_close(&index->old);
	table_close(&index->fresh);
	close(index->directory_fd);
	free(index->used);
	free(index);
}

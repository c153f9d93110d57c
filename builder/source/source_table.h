/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/source/source_table.h - a hash table in a file: what a file's content was when it had
 * this device, inode, size and times. For builder/source/source_index.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define SOURCE_TABLE_LEAST_SLOTS 1024U
#define SOURCE_TABLE_MOST_SLOTS	 ((uint64_t)16 << 20)
#define SOURCE_TABLE_NEIGHBOURS	 16U /* slots come in groups of so many */

struct source_table_header {
	uint64_t magic, slots, count, generation;
	uint8_t machine[32];
};

struct source_table_entry {
	uint64_t device, inode; /* inode 0: the slot is free */
	int64_t size, mtime_ns, ctime_ns;
	uint8_t digest[32];
	uint32_t generation, check; /* the check is of all before both */
};

struct source_table {
	int fd;
	struct source_table_header *header; /* NULL: there is none */
	struct source_table_entry *entries;
	size_t length;
};

/* Maps an existing one for reading. False: there is none, or it is not as it should be. */
bool source_table_open(struct source_table *table, int directory_fd, const char *name,
		       const uint8_t machine[32]);
/* Makes one at a new name, to be written to. */
bool source_table_create(struct source_table *table, int directory_fd, const char *name,
			 uint64_t slots);
void source_table_close(struct source_table *table);
/* Pages of a large one leave this process' memory. */
void source_table_drop_pages(const struct source_table *table);

struct source_table_entry source_table_entry(const struct stat *status);
uint32_t source_table_check(const struct source_table_entry *entry);
/* The file's slot, or the free one where it would be. */
struct source_table_entry *source_table_slot(const struct source_table *table,
					     const struct source_table_entry *wanted);
/* The entry for exactly this status, when it is sound; NULL. */
const struct source_table_entry *source_table_find(const struct source_table *table,
						   const struct source_table_entry *wanted);
/* There is room. */
void source_table_put(struct source_table *table, const struct source_table_entry *entry);

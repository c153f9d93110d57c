/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_list.h - all that the build cache has, and what it takes.
 */
#pragma once

#include "storage/build_cache/build_ledger.h"

struct build_list {
	const struct layout *layout;
	struct arena *arena;
	struct build_record *records; /* those used last first */
	size_t count;
	char **damaged; /* names below ROOT/build of what is no record (any more), and of mounts
			 * that nobody has finished: "records/KEY.json", "mounts/KEY" */
	size_t damaged_count;
	struct build_ledger ledger;
	int64_t mount_bytes;
	int64_t oldest_size_s; /* sizes of mounts may be as old as this; 0: they are measured */
	int locks_fd;
};

#define BUILD_LIST_EMPTY                                                                           \
	{                                                                                          \
		.locks_fd = -1                                                                     \
	}
#define auto_build_list __attribute__((cleanup(build_list_close)))
int build_list_open(struct build_list *list, const struct layout *layout, struct arena *arena,
		    struct error *err);
void build_list_close(struct build_list *list);
/* A record or a mount by its name below ROOT/build; a mount through @staging, and not while anybody
 * has it. */
struct staging;
bool build_list_remove(const struct staging *staging, const char *name);

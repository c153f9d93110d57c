/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_record.h - the files of records: ROOT/build/records/KEY.json and
 * ROOT/build/mounts/KEY/mount.json.
 *
 * A record is written once. When it was last used is the time of its file, and each use adds an
 * empty line to it: one call that a kill cannot leave half done.
 */
#pragma once

#include "storage/build_cache/build_cache.h"

#include <stdbool.h>

#define BUILD_RECORDS "build/records"
#define BUILD_MOUNTS  "build/mounts"
/* Of a mount: its key is the name of its directory. */
#define BUILD_MOUNT_RECORD "mount.json"
#define BUILD_KIND_MOUNT   "exec.cachemount"

bool build_record_is_key(const char *text);
/* @name below @dirfd; not synced. */
int build_record_save(int dirfd, const char *name, const struct build_record *record,
		      struct error *err);
/* 1; 0: there is none, or it is damaged. @record->key is the caller's. */
int build_record_load(int dirfd, const char *name, struct build_record *record,
		      struct arena *arena);
/* It was used now; noted at most once a minute. */
void build_record_touch(int dirfd, const char *name, const struct build_record *record);
/* Are all its layers there? */
bool build_record_is_whole(const struct layout *layout, const struct build_record *record);

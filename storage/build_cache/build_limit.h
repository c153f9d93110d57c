/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/build_cache/build_limit.h - how large the build cache may become.
 *
 * A tenth of the disk, but at least 2 GiB and at most 20 GiB, unless $CORACLE_BUILD_CACHE_LIMIT
 * says something else: "5GB", "25%" (of the disk), "unlimited".
 */
#pragma once

#include <stdint.h>

struct error;
struct layout;

/* Bytes; 0: it has no bound. What cannot be read is warned of. */
int64_t build_limit(const struct layout *layout);
/* @text NULL or "": the default for a disk of this size. */
int build_limit_parse(int64_t *bytes, const char *text, int64_t disk_bytes, struct error *err);

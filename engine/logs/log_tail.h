/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_tail.h - where the last lines of a log begin.
 *
 * Lines, not records: a long line is several records, and those of the other stream may stand
 * between them. So what is found is a place to read from and, for each stream, how many records
 * there belong to lines that are not wanted.
 */
#pragma once

#include "engine/logs/log_files.h"
#include "engine/logs/logfile.h"

#include <stddef.h>
#include <stdint.h>

struct log_tail {
	int fd; /* the file; the caller's */
	uint64_t offset;
	size_t skip[LOG_STREAM_COUNT];
};

/* Returns 1, or 0 when there is no log yet. */
int log_tail_find(struct log_tail *tail, const struct log_files *files, int64_t lines,
		  struct error *err);

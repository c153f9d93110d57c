/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/log_append.h - from the spool to the log: announce, write, rotate, repeat after a
 * kill.
 *
 * Used by log_writer.c alone. A failure means that the disk refuses; whatever was begun stays
 * announced in the journal, and the next drain (of this process or another) starts with it.
 */
#pragma once

#include "engine/logs/log_files.h"
#include "engine/logs/log_format.h"
#include "engine/monitor/log_spool.h"

/* One chunk and an unfinished line before it. */
#define LOG_APPEND_INPUT (LOG_SPOOL_CHUNK + LOG_FORMAT_PIECE)

struct log_append {
	struct log_files files;
	struct log_spool spool;
	int64_t max_size;
	int max_files;
	int log_fd;
	char *input, *output; /* pages that come and go: see log_append_release */
	size_t input_used, output_used;
	struct {
		enum log_stream stream;
		uint64_t from;
		size_t length;
	} loaded; /* what of the spool the input buffer has */
};

/* Maps the buffers; @input may be used for other things while loaded.length is 0. */
int log_append_map(struct log_append *append, struct error *err);
/* Gives their memory back, but for a few pages. */
void log_append_release(struct log_append *append);
/* Opens spool and log. Then drain, to finish what a killed writer left. */
int log_append_open(struct log_append *append, int run_fd, struct error *err);
void log_append_close(struct log_append *append);

/* Leaves up to @size spool bytes from @from on in the input buffer; returns how many. */
ssize_t log_append_load(struct log_append *append, enum log_stream stream, uint64_t from,
			size_t size, struct error *err);
/* Carries out what was announced and writes the whole records of all spools; with @is_final also
 * what is behind the last newline. */
int log_append_drain(struct log_append *append, bool is_final, struct error *err);
/* One stream only, when nothing announced is left undone. */
int log_append_drain_stream(struct log_append *append, enum log_stream stream, bool is_final,
			    struct error *err);
/* Gives the spool's memory back; only when nothing announced is left undone. */
void log_append_trim(struct log_append *append);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_format.h - the records of Docker's json-file log: bytes in, bytes out.
 *
 * {"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.000000006Z"} and a newline.
 * Encoding is deterministic: the same bytes with the same time give the same records, because
 * recovery repeats an encoding and must hit the same file bytes (see log_writer.c).
 */
#pragma once

#include "engine/logs/logfile.h"

/* A longer line is split into pieces of this many bytes (up to 3 less, between UTF-8 characters).
 */
#define LOG_FORMAT_PIECE 16384
/* No record is larger: every byte may become \u00XX, and the members around it. */
#define LOG_FORMAT_RECORD_MAX (LOG_FORMAT_PIECE * 6 + 128)

struct log_encoding {
	enum log_stream stream;
	struct timespec time;
	const char *bytes;
	size_t length;
	bool is_final; /* what is left behind the last newline is a record too */
	char *out;     /* stops when fewer than LOG_FORMAT_RECORD_MAX bytes are left */
	size_t out_size;
	size_t stop_after; /* and when so many bytes have been put out (0: no limit) */
	size_t out_length; /* result */
};

/* Returns how many of the bytes were used: whole records only. */
size_t log_format_encode(struct log_encoding *encoding);

/* The second that was parsed last: consecutive records share it. */
struct log_decoder {
	char second[19];
	time_t seconds;
};

/* Decodes one line (without its newline); @text has room for @length bytes and receives the
 * record's text. False: not a record. Other members and any order are accepted. */
bool log_format_decode(struct log_decoder *decoder, const char *line, size_t length, char *text,
		       struct log_record *record);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/logfile.h - door: a container's output on disk, in Docker's json-file format.
 *
 * {"log":"text\n","stream":"stdout","time":"…"} per line in ROOT/containers/ID/ID-json.log, a line
 * longer than 16 KiB in several records of which only the last ends in \n. Rotation renames to
 * .log.1 … .log.N-1; the default is 10 MB x 3.
 *
 * No output is lost or written twice when the monitor is killed at any line: bytes move from the
 * FIFO to a spool file on RUN (tmpfs) by splice(2), which either has happened or has not; a small
 * mapped journal beside it says up to which spool byte the log has been written and how long the
 * log then was; a fresh monitor cuts the log back to that length and goes on from that byte.
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;

enum log_stream { LOG_STDOUT, LOG_STDERR, LOG_STREAM_COUNT };

/* Where output goes besides the file on disk, which `logs` reads whatever the driver is. */
enum log_destination { LOG_TO_DISK, LOG_TO_SYSLOG, LOG_TO_JOURNALD };

enum log_syslog_format {
	LOG_SYSLOG_UNIX, /* without a host name, for the local daemon */
	LOG_SYSLOG_RFC3164,
	LOG_SYSLOG_RFC5424,
	LOG_SYSLOG_RFC5424_MICRO,
};

struct log_forwarding {
	enum log_destination destination;
	/* Strings of the caller's pairs. NULL: this machine's syslog; the container's short id. */
	const char *address, *tag;
	int facility; /* syslog's number */
	enum log_syslog_format format;
};

struct log_options {
	bool is_disabled; /* driver none: output is read and dropped (attach still sees it) */
	int64_t max_size; /* bytes of one file; -1: never rotate */
	int max_files;	  /* at least 1 */
	struct log_forwarding forwarding;
};

/* Drivers json-file, local, none, syslog, journald (others: ERROR_UNSUPPORTED). Options max-size
 * and max-file of all of them, tag of the last two, syslog-address, -facility and -format. */
/* Which of them keeps what is meant for @driver: itself, json-file for Docker's drivers that send
 * all away by protocols that are not spoken here; NULL: nobody knows it. */
const char *log_options_driver(const char *driver);
/* False for what would be ERROR_UNSUPPORTED. */
bool log_options_is_option(const char *driver, const char *name);
int log_options_parse(struct log_options *options, const char *driver, const struct pair *pairs,
		      size_t count, struct error *err);

struct log_writer;

/* Called with every piece of output before it is logged; for attach. */
typedef void log_tap(enum log_stream stream, const char *bytes, size_t length, void *data);

struct log_writer_request {
	int container_fd; /* ROOT/containers/ID: the log */
	int run_fd;	  /* RUN/containers/ID: spool and journal */
	const char *id;
	struct log_options options;
	log_tap *tap;
	void *data;
};
/* Opens or creates; finishes what a killed writer left. ERROR_BUSY while another process writes.
 * The descriptors are duplicated. A pty master cannot be spliced: what was read from it in the
 * instant before a kill is lost, some microseconds' worth. */
int log_writer_open(struct log_writer **writer, const struct log_writer_request *request,
		    struct error *err);
/* @fd (a FIFO, pipe or pty master, non-blocking) has input: moves what is there into the log.
 * Returns 1 when there may be more, 0 when it is drained, -1 with @err. End of file: 0 with *ended
 * set. A full disk (ENOSPC) drops nothing from the spool at first; beyond 1 MiB of backlog the
 * oldest is dropped and a record says how much. */
int log_writer_read(struct log_writer *writer, enum log_stream stream, int fd, bool *ended,
		    struct error *err);
/* While more is expected in a moment, memory is kept for it. */
void log_writer_expect_more(struct log_writer *writer, bool expects_more);
/* True while the disk refuses the log and output waits in the spool. Nothing but new output makes
 * the writer try again: call log_writer_retry about once a second then. It returns 1 when it is
 * still behind, 0 when not any more. */
bool log_writer_is_behind(const struct log_writer *writer);
int log_writer_retry(struct log_writer *writer);
/* Writes out unfinished lines (the container has exited). Fails when the disk refuses; what is left
 * stays in the spool for the next writer. */
int log_writer_flush(struct log_writer *writer, struct error *err);
void log_writer_close(struct log_writer *writer);

struct log_record {
	enum log_stream stream;
	struct timespec time;
	const char *text; /* decoded; with its newline, if it has one */
	size_t length;
};

struct log_reader;

struct log_reader_request {
	int container_fd;
	const char *id;
	int64_t tail;		      /* -1: all */
	struct timespec since, until; /* zero: no bound */
};
/* Reads across rotated files, oldest first. Corrupt records are passed over. */
int log_reader_open(struct log_reader **reader, const struct log_reader_request *request,
		    struct error *err);
/* 1 with a record (valid until the next call), 0 at the present end (call again after
 * log_reader_fd became readable, or when the container has exited), -1 with @err. */
int log_reader_next(struct log_reader *reader, struct log_record *record, struct error *err);
/* An inotify descriptor that polls readable when the log grew or was rotated. */
int log_reader_fd(struct log_reader *reader, struct error *err);
void log_reader_close(struct log_reader *reader);

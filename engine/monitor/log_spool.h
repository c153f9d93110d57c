/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/log_spool.h - a container's output between its FIFO and its log, safe against
 * SIGKILL.
 *
 * One spool file a stream, only ever appended to: splice(2) moves bytes from the pipe to its end,
 * and the kernel takes from the pipe exactly the bytes by which the file has grown, however the
 * process dies. So the file's size says what was taken. Positions grow for ever; what the log has
 * is punched out behind them, and the file occupies a few pages.
 *
 * The journal is one mapped page: two slots and a sequence number whose store, aligned and of 64
 * bits, makes the other slot the valid one. It says what the writer is about to do, never what it
 * has done: everything there is repeated after a kill, and repeating it changes nothing.
 *
 * A source that cannot be spliced (a pty master) is read and written on: a kill between the two
 * calls loses what was read.
 */
#pragma once

#include "engine/logs/logfile.h"

#include <sys/types.h>

enum log_spool_kind {
	LOG_SPOOL_IDLE,	 /* all that was begun is done */
	LOG_SPOOL_WRITE, /* spool bytes [from, done) become records at @offset of the file @inode */
	LOG_SPOOL_GAP,	 /* likewise, but the record only says how many bytes they were */
	LOG_SPOOL_ROTATE, /* the file @inode ceases to be the current one */
};

struct log_spool_state {
	uint64_t sequence;
	uint32_t kind;
	uint32_t stream;
	uint64_t from;
	uint64_t done[LOG_STREAM_COUNT]; /* up to here the log has it, once @kind is done */
	uint64_t lost[LOG_STREAM_COUNT]; /* so many bytes behind are dropped, not yet recorded */
	int64_t seconds, nanoseconds;	 /* the records' time */
	uint64_t inode, offset;
	uint64_t checksum;
};

struct log_spool_journal;

struct log_spool {
	int fds[LOG_STREAM_COUNT];
	int journal_fd;			    /* holds the lock that keeps other writers out */
	uint64_t end[LOG_STREAM_COUNT];	    /* size of the spool */
	uint64_t punched[LOG_STREAM_COUNT]; /* no pages before this */
	struct log_spool_journal *journal;
	struct log_spool_state state; /* change, then log_spool_commit */
};

/* ERROR_BUSY when another process writes this log. Returns 1 when there was a journal, 0 when all
 * is new. */
int log_spool_open(struct log_spool *spool, int run_fd, struct error *err);
void log_spool_close(struct log_spool *spool);
void log_spool_commit(struct log_spool *spool);

#define LOG_SPOOL_CHUNK 65536

/* Moves up to LOG_SPOOL_CHUNK bytes from the pipe @fd to the spool's end; returns how many, 0 for
 * end of file, -1 with errno: EAGAIN when there are none now, EINVAL when @fd cannot be spliced. */
ssize_t log_spool_pull(struct log_spool *spool, enum log_stream stream, int fd);
/* The other way in: bytes that the caller has read itself. What finds no room counts as lost. */
void log_spool_append(struct log_spool *spool, enum log_stream stream, const char *bytes,
		      size_t length);
/* Reads spool bytes from position @from; returns how many there were. */
ssize_t log_spool_read(struct log_spool *spool, enum log_stream stream, uint64_t from, char *bytes,
		       size_t size);
/* Gives up whole pages before @upto once they are worth the call. */
void log_spool_trim(struct log_spool *spool, enum log_stream stream, uint64_t upto,
		    uint64_t worthwhile);
/* Gives up whole pages in between. */
void log_spool_punch(struct log_spool *spool, enum log_stream stream, uint64_t from, uint64_t upto);

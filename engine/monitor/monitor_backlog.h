/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/monitor_backlog.h - what a slow client has to wait for while others are faster.
 *
 * Packets in an unlinked file beside the log, first in, first out; each is behind its size_t
 * length. The file exists only while there are any.
 *
 * Used by monitor_client.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct iovec;
struct strbuf;

struct monitor_backlog {
	int fd;		    /* open while @end is not 0 */
	int64_t start, end; /* in the file */
};

/* False when the disk does not take it: nothing has been added. */
bool monitor_backlog_add(struct monitor_backlog *backlog, int dir_fd, const struct iovec *parts,
			 int count);
/* Moves some whole packets, in their form, to the end of @queue; false when there are none. */
bool monitor_backlog_take(struct monitor_backlog *backlog, struct strbuf *queue);
void monitor_backlog_clear(struct monitor_backlog *backlog);

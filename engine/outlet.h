/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/outlet.h - a descriptor of the caller's that is written to without ever waiting for it.
 *
 * Whether an open file blocks belongs to everybody who shares it, so the caller's must not be set
 * not to. A pipe or terminal is opened once more, for us alone; a socket is told so by each call; a
 * file always has room. In the place of a descriptor there may be a function that takes everything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef void outlet_take(const char *bytes, size_t length, void *data);

struct outlet {
	int fd;
	bool is_ours, is_socket;
	outlet_take *take; /* instead of fd; NULL */
	void *data;
};

void outlet_open(struct outlet *outlet, int fd);
/* As write(2), but never EINTR. The caller ignores SIGPIPE. EAGAIN: wait until outlet->fd polls
 * writable. */
ssize_t outlet_write(const struct outlet *outlet, const char *bytes, size_t length);
void outlet_close(struct outlet *outlet);

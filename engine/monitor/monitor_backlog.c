/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/monitor_backlog.h"

#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define TAKEN_AT_ONCE 65536 /* more than the largest packet */

void monitor_backlog_clear(struct monitor_backlog *backlog)
{
	if (backlog->end > 0)
		close(backlog->fd);
	*backlog = (struct monitor_backlog){0};
}

bool monitor_backlog_add(struct monitor_backlog *backlog, int dir_fd, const struct iovec *parts,
			 int count)
{
	bool is_first = backlog->end == 0;
	ssize_t length = 0;

	if (is_first)
		backlog->fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (backlog->fd < 0)
		return false;
	for (int i = 0; i < count; i++)
		length += (ssize_t)parts[i].iov_len;
	if (pwritev(backlog->fd, parts, count, backlog->end) == length) {
		backlog->end += length;
		return true;
	}
	if (is_first)
		close(backlog->fd);
	return false;
}

/* How much of the @length bytes are whole packets. */
static size_t whole_packets(const char *bytes, size_t length)
{
	size_t at = 0, size;

	while (length - at >= sizeof(size)) {
		memcpy(&size, bytes + at, sizeof(size));
		if (length - at - sizeof(size) < size)
			break;
		at += sizeof(size) + size;
	}
	return at;
}

bool monitor_backlog_take(struct monitor_backlog *backlog, struct strbuf *queue)
{
	char *room;
	ssize_t n;

	if (backlog->end == 0)
		return false;
	room = strbuf_reserve(queue, TAKEN_AT_ONCE);
	n = pread(backlog->fd, room, TAKEN_AT_ONCE, backlog->start);
	n = n > 0 ? (ssize_t)whole_packets(room, (size_t)n) : 0;
	queue->length += (size_t)n;
	backlog->start += n;
	if (n == 0 || backlog->start == backlog->end)
		monitor_backlog_clear(backlog);
	return n > 0;
}

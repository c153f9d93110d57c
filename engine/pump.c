/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pump.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PUMP_SIZE 65536
#define HELD_BACK 64 /* as much as filters may add to what was read */

bool pump_is_running(const struct pump *pump)
{
	return pump->buffer != NULL;
}

void pump_stop(struct pump *pump)
{
	if (!pump_is_running(pump))
		return;
	loop_remove(&pump->source);
	outlet_close(&pump->to);
	cleanup_close(&pump->ours);
	pump->ours = -1;
	free(pump->buffer);
	pump->buffer = NULL;
}

/* False when the target takes no more, for now or for good. */
static bool send_buffer(struct pump *pump)
{
	while (pump->sent < pump->used) {
		ssize_t n =
			outlet_write(&pump->to, pump->buffer + pump->sent, pump->used - pump->sent);

		if (n < 0 && errno != EAGAIN) {
			pump->error = errno;
			pump_stop(pump);
		}
		if (n < 0)
			return false;
		pump->sent += (size_t)n;
	}
	pump->used = pump->sent = 0;
	return true;
}

static void filter(struct pump *pump)
{
	auto_strbuf struct strbuf out = {0};

	pump->has_left = pump->filter(pump->filter_data, pump->buffer, pump->used, &out);
	memcpy(pump->buffer, strbuf_text(&out), out.length);
	pump->used = out.length;
}

/* False when there is nothing more, for now or for good. */
static bool fill_buffer(struct pump *pump)
{
	ssize_t n;

	if (pump->has_left) {
		pump_stop(pump);
		return false;
	}
	do
		n = read(pump->from, pump->buffer, PUMP_SIZE - HELD_BACK);
	while (n < 0 && errno == EINTR);
	/* EIO: a terminal without users. */
	if (n == 0 || (n < 0 && (errno != EAGAIN || pump->takes_the_rest)))
		pump_stop(pump);
	pump->used = n > 0 ? (size_t)n : 0;
	if (n > 0 && pump->filter)
		filter(pump);
	return n > 0;
}

static void watch(struct pump *pump)
{
	bool waits_for_room = pump->used > 0 || pump->from_is_file;
	struct error why = {0};

	if (!pump_is_running(pump))
		return;
	if (!waits_for_room &&
	    loop_watch(pump->loop, &pump->source, pump->from, EPOLLIN, &why) < 0 &&
	    why.code == EPERM)
		pump->from_is_file = waits_for_room = true;
	if (waits_for_room) {
		why.code = 0;
		loop_watch(pump->loop, &pump->source, pump->to.fd, EPOLLOUT, &why);
	}
	if (!why.code)
		return;
	pump->error = why.code;
	pump->is_unwatched = true;
	pump_stop(pump);
}

/* One buffer a turn, so that others have theirs. */
static void on_ready(struct loop_source *source, uint32_t events)
{
	struct pump *pump = source->data;

	(void)events;
	if (send_buffer(pump) && fill_buffer(pump))
		send_buffer(pump);
	watch(pump);
}

void pump_start(struct pump *pump)
{
	pump->buffer = alloc_bytes(PUMP_SIZE);
	pump->source = (struct loop_source){.handler = on_ready, .data = pump};
	watch(pump);
}

void pump_finish(struct pump *pump)
{
	pump->takes_the_rest = true;
	while (pump_is_running(pump) && send_buffer(pump) && fill_buffer(pump))
		;
	watch(pump);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/pump.h - copies from one descriptor to another in a loop, without ever waiting for either.
 *
 * One buffer's worth is on its way: while the target takes no more, the source is not read, as if
 * they were one pipe. A pump holds up nothing else in the loop.
 */
#pragma once

#include "base/loop.h"
#include "base/strbuf.h"
#include "engine/outlet.h"

#include <stdbool.h>
#include <stddef.h>

struct pump {
	/* set by who starts it */
	struct loop *loop;
	int from;
	struct outlet to;
	int ours; /* closed at its end: one of the two, or -1 */
	/* Not NULL: what of the bytes that were read goes on, with what it held back before; true
	 * when nothing more is to be read. */
	bool (*filter)(void *data, const char *bytes, size_t length, struct strbuf *out);
	void *filter_data;

	struct loop_source source; /* of the two, the one that is waited for */
	char *buffer;		   /* NULL: not started, or at its end */
	size_t used, sent;
	bool from_is_file;   /* always ready, and cannot be watched */
	bool takes_the_rest; /* what cannot be read at once is not waited for */
	bool has_left;	     /* its filter said so */
	int error;	     /* errno of the write, or of waiting for one, that ended it */
	bool is_unwatched;   /* of waiting */
};

void pump_start(struct pump *pump);
/* Its source gets nothing more: copies what is there, then ends. */
void pump_finish(struct pump *pump);
bool pump_is_running(const struct pump *pump);
/* At once; what is on its way is dropped. One that was never started is fine. */
void pump_stop(struct pump *pump);

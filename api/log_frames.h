/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/log_frames.h - records of a log, on their way to a client.
 */
#pragma once

#include "api/frames.h"
#include "engine/log_view.h"

#include <stdbool.h>

struct log_frames {
	struct frames frames;
	bool wanted[LOG_STREAM_COUNT];
	bool has_times;	     /* before each line */
	const char *details; /* behind those; NULL */
	bool follows;	     /* to the end of a run, also when another one comes behind it */
	bool has_ended;
	bool has_gone; /* the client, and so nothing more is wanted */
};

/* @frames outlives it. */
struct log_view_sink log_frames_sink(struct log_frames *frames);

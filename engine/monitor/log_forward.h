/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/monitor/log_forward.h - output to syslog or journald, beside the log on disk.
 *
 * Used by the monitor. Nothing waits for the other side: what it does not take is queued, 256 KiB
 * at most, and sent when it is there again; beyond that the newest is dropped and its number said.
 * The log on disk has everything in any case.
 */
#pragma once

#include "engine/logs/log_message.h"
#include "engine/logs/logfile.h"

struct error;
struct loop;
struct log_forward;

struct log_forward_request {
	struct log_forwarding forwarding;
	struct log_identity identity; /* copied */
	struct loop *loop;
	bool is_required; /* an address that cannot be reached is an error, not only a warning */
};

/* Leaves *forward NULL when there is nowhere to forward to. */
int log_forward_open(struct log_forward **forward, const struct log_forward_request *request,
		     struct error *err);
void log_forward_bytes(struct log_forward *forward, enum log_stream stream, const char *bytes,
		       size_t length);
/* The container has exited: unfinished lines go out, too. */
void log_forward_flush(struct log_forward *forward);
/* Waits half a second for what is queued. NULL is fine. */
void log_forward_close(struct log_forward *forward);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_message.h - one line of output as syslog and journald want it. Pure.
 *
 * The formats are those of Docker's drivers, so that filters written for them go on matching.
 */
#pragma once

#include "engine/logs/logfile.h"

struct error;
struct strbuf;

/* What may stand in a message about the container; nothing is NULL. */
struct log_identity {
	const char *id, *name;	      /* 64 digits; "shop-web-1" */
	const char *image, *image_id; /* "busybox"; "sha256:…" */
	const char *hostname;	      /* of this machine */
	int pid;
};

struct log_line {
	enum log_stream stream;
	struct timespec time;
	const char *text; /* without its newline */
	size_t length;
	bool is_partial; /* the line goes on in the next one */
};

/* The option `tag`: text with {{.ID}}, {{.FullID}}, {{.Name}}, {{.ImageName}}, {{.ImageID}},
 * {{.ImageFullID}} and {{.DaemonName}} in it; NULL is "{{.ID}}". malloc'ed; NULL with ERROR_INVALID
 * for anything else in braces. */
char *log_message_tag(const char *template, const struct log_identity *identity, struct error *err);
/* Adds one message; to a stream, messages are told apart by the newline at their end. */
void log_message_syslog(struct strbuf *out, const struct log_forwarding *forwarding,
			const struct log_identity *identity, const char *tag,
			const struct log_line *line);
void log_message_journal(struct strbuf *out, const struct log_identity *identity, const char *tag,
			 const struct log_line *line);

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_message.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* "sha256:…" without its algorithm. */
static const char *digits(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}

/* False when there is no such name. */
static bool add_value(struct strbuf *out, const char *name, const struct log_identity *identity)
{
	const struct {
		const char *name, *value;
		int length; /* -1: all of it */
	} values[] = {
		{"ID", identity->id, 12},
		{"FullID", identity->id, -1},
		{"Name", identity->name, -1},
		{"ImageName", identity->image, -1},
		{"ImageID", digits(identity->image_id), 12},
		{"ImageFullID", identity->image_id, -1},
		{"DaemonName", "coracle", -1},
	};

	for (size_t i = 0; i < array_length(values); i++) {
		if (strcmp(values[i].name, name) != 0)
			continue;
		strbuf_printf(out, "%.*s", values[i].length, values[i].value);
		return true;
	}
	return false;
}

char *log_message_tag(const char *template, const struct log_identity *identity, struct error *err)
{
	auto_strbuf struct strbuf out = {0};
	const char *at = template ? template : "{{.ID}}";

	while (*at) {
		const char *end = strncmp(at, "{{", 2) == 0 ? strstr(at, "}}") : NULL;
		char name[32] = "";

		if (strncmp(at, "{{", 2) != 0) {
			strbuf_add_char(&out, *at++);
			continue;
		}
		if (!end || sscanf(at, "{{ .%31[A-Za-z] }}", name) != 1 ||
		    !add_value(&out, name, identity)) {
			error_set(err, ERROR_INVALID,
				  "the log option 'tag': '%.*s' is not allowed: there are {{.ID}}, "
				  "{{.FullID}}, {{.Name}}, {{.ImageName}}, {{.ImageID}}, "
				  "{{.ImageFullID}} and {{.DaemonName}}",
				  end ? (int)(end - at) + 2 : (int)strlen(at), at);
			return NULL;
		}
		at = end + 2;
	}
	return alloc_string(strbuf_text(&out));
}

static int severity(const struct log_line *line)
{
	return line->stream == LOG_STDERR ? LOG_ERR : LOG_INFO;
}

/* "Nov  3 14:05:06", in local time as RFC 3164 has it. */
static void add_old_time(struct strbuf *out, const struct timespec *time)
{
	char text[32];
	struct tm tm;

	localtime_r(&time->tv_sec, &tm);
	strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm);
	strbuf_add(out, text);
}

/* "2026-11-03T14:05:06.000123+01:00" */
static void add_new_time(struct strbuf *out, const struct timespec *time, bool has_micro)
{
	char text[40], zone[8];
	struct tm tm;

	localtime_r(&time->tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strbuf_add(out, text);
	if (has_micro)
		strbuf_printf(out, ".%06ld", time->tv_nsec / 1000);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		strbuf_add(out, "Z");
	else
		strbuf_printf(out, "%.3s:%.2s", zone, zone + 3);
}

/* A tag or name is one word of the header. */
static void add_word(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		strbuf_add_char(out, *text > ' ' && *text < 127 ? *text : '_');
}

static void add_tag(struct strbuf *out, const char *tag, int pid)
{
	strbuf_add_char(out, ' ');
	add_word(out, tag);
	strbuf_printf(out, "[%d]: ", pid);
}

void log_message_syslog(struct strbuf *out, const struct log_forwarding *forwarding,
			const struct log_identity *identity, const char *tag,
			const struct log_line *line)
{
	strbuf_printf(out, "<%d>", forwarding->facility << 3 | severity(line));
	switch (forwarding->format) {
	case LOG_SYSLOG_UNIX:
		add_old_time(out, &line->time);
		add_tag(out, tag, identity->pid);
		break;
	case LOG_SYSLOG_RFC3164:
		add_old_time(out, &line->time);
		strbuf_add_char(out, ' ');
		add_word(out, identity->hostname);
		add_tag(out, tag, identity->pid);
		break;
	case LOG_SYSLOG_RFC5424:
	case LOG_SYSLOG_RFC5424_MICRO:
		strbuf_add(out, "1 ");
		add_new_time(out, &line->time, forwarding->format == LOG_SYSLOG_RFC5424_MICRO);
		strbuf_add_char(out, ' ');
		add_word(out, identity->hostname);
		strbuf_add_char(out, ' ');
		add_word(out, tag);
		strbuf_printf(out, " %d ", identity->pid);
		add_word(out, tag);
		strbuf_add(out, " - ");
		break;
	}
	strbuf_add_n(out, line->text, line->length);
	strbuf_add_char(out, '\n');
}

/* journald's native protocol: NAME=value, or for values with a newline (and any bytes) NAME, the
 * length as 64 bits little-endian, the value. */
static void add_field(struct strbuf *out, const char *name, const char *value, size_t length)
{
	uint64_t size = htole64(length);

	strbuf_add(out, name);
	if (memchr(value, '\n', length)) {
		strbuf_add_char(out, '\n');
		strbuf_add_n(out, &size, sizeof(size));
	} else {
		strbuf_add_char(out, '=');
	}
	strbuf_add_n(out, value, length);
	strbuf_add_char(out, '\n');
}

void log_message_journal(struct strbuf *out, const struct log_identity *identity, const char *tag,
			 const struct log_line *line)
{
	const struct {
		const char *name, *value;
		size_t length;
	} fields[] = {
		{"PRIORITY", severity(line) == LOG_ERR ? "3" : "6", 1},
		{"CONTAINER_ID", identity->id, 12},
		{"CONTAINER_ID_FULL", identity->id, strlen(identity->id)},
		{"CONTAINER_NAME", identity->name, strlen(identity->name)},
		{"CONTAINER_TAG", tag, strlen(tag)},
		{"IMAGE_NAME", identity->image, strlen(identity->image)},
		{"SYSLOG_IDENTIFIER", tag, strlen(tag)},
	};

	for (size_t i = 0; i < array_length(fields); i++)
		add_field(out, fields[i].name, fields[i].value, fields[i].length);
	if (line->is_partial)
		add_field(out, "CONTAINER_PARTIAL_MESSAGE", "true", 4);
	add_field(out, "MESSAGE", line->text, line->length);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/times.h - door: points in time as --since and --until take them, and ages as tables show
 * them.
 */
#pragma once

#include <time.h>

struct error;

/* "2026-01-02T03:04:05Z", the same without zone or time (local), "1767323045.5" (seconds since
 * 1970), or a duration before @now: "10m". ERROR_INVALID. */
int times_parse(struct timespec *time, const char *text, const struct timespec *now,
		struct error *err);
/* Of an RFC 3339 text; the epoch for NULL or an unreadable one. */
struct timespec times_read(const char *rfc3339);
/* "2026-01-02 03:04:05 +0000 UTC", as Go prints a local time; "" for NULL. malloc'ed. */
char *times_local(const char *rfc3339);
/* The same with the fraction of the second, where there is one. */
char *times_exact(const char *rfc3339);
/* An RFC 3339 time without the fraction of its second; "" for NULL. malloc'ed. */
char *times_whole(const char *rfc3339);
/* "3 hours ago"; "" for NULL or an unreadable time. malloc'ed. */
char *times_ago(const char *rfc3339);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/units.h - numbers, sizes, durations and times as people write them.
 *
 * Parsers take the whole text or nothing; range errors are errors, never wrap-around. All return
 * 0, or -1 with ERROR_INVALID and a text that says what is allowed; @err may be NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct error;

/* Lengths of time are nanoseconds in an int64_t: 5 * SECOND. */
#define MICROSECOND INT64_C(1000)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND	    (1000 * MILLISECOND)
#define MINUTE	    (60 * SECOND)
#define HOUR	    (60 * MINUTE)

/* Decimal digits only, no sign, no spaces, no leading "+". */
int units_parse_u64(uint64_t *value, const char *text, struct error *err);
/* With an optional "-", within [minimum, maximum]. */
int units_parse_int(int64_t *value, const char *text, int64_t minimum, int64_t maximum,
		    struct error *err);
/* 1, t, true, y, yes, on, and what is against them, in any case. */
int units_parse_bool(bool *value, const char *text, struct error *err);
/* A user or group id: the full range of uint32 less 4294967295. */
int units_parse_id(uint32_t *value, const char *text, struct error *err);
/* Octal file mode up to 07777, with or without leading 0 or 0o. */
int units_parse_mode(unsigned *value, const char *text, struct error *err);
/* Docker's byte sizes: a number (fraction allowed) and b, k, kb, kib, m, mb, g, gb, t, tb, p, pb in
 * any case, powers of 1024. "-1" gives -1 (unlimited). */
int units_parse_size(int64_t *bytes, const char *text, struct error *err);
/* Go durations, with d and w beside them: "1h30m", "1.5s", "250ms", "2d". "0" needs no unit. */
int units_parse_duration(int64_t *nanoseconds, const char *text, struct error *err);

/* "1m30s", as Go prints it; at least 32 bytes. */
char *units_format_duration(char *out, size_t size, int64_t nanoseconds);
/* "1.5GB" in powers of 1000 with up to 4 significant digits, as Docker shows image sizes. */
char *units_format_size(char *out, size_t size, int64_t bytes);
/* "12.5MiB" in powers of 1024, as Docker's stats show memory. */
char *units_format_size_binary(char *out, size_t size, int64_t bytes);
/* "About a minute", "3 hours", "2 weeks": Docker's wording for an age. */
char *units_format_age(char *out, size_t size, int64_t seconds);

#define UNITS_TIME_SIZE 40
/* RFC 3339 in UTC with nanoseconds, "2026-01-02T03:04:05.000000006Z". */
char *units_format_time(char out[UNITS_TIME_SIZE], const struct timespec *time);
/* RFC 3339 with any fraction and offset; a zeroed time for "0001-01-01T00:00:00Z". */
int units_parse_time(struct timespec *time, const char *text, struct error *err);
bool units_is_time(const char *text);

/* In milliseconds; what is negative (each object's own) becomes -1. */
int64_t units_milliseconds(int64_t nanoseconds);
/* Nanoseconds since boot that no clock change moves (CLOCK_BOOTTIME). */
int64_t units_monotonic_ns(void);
struct timespec units_now(void);
bool units_is_earlier(const struct timespec *a, const struct timespec *b);

/* Lower-case hexadecimal of @length bytes; @out holds 2 * length + 1. */
void units_format_hex(char *out, const void *bytes, size_t length);
/* @length random bytes as hexadecimal, for identifiers. */
void units_random_hex(char *out, size_t length);

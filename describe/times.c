/* SPDX-License-Identifier: Apache-2.0 */
#include "describe/times.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* Seconds since 1970 with an optional fraction. */
static int parse_seconds(struct timespec *time, const char *text)
{
	size_t whole = strspn(text, "0123456789");
	auto_free char *seconds_text = alloc_string_n(text, whole);
	int64_t seconds;
	long scale = SECOND / 10;

	if (whole == 0 || (text[whole] && text[whole] != '.') ||
	    units_parse_int(&seconds, seconds_text, 0, INT64_MAX / SECOND, NULL) < 0)
		return -1;
	*time = (struct timespec){.tv_sec = seconds};
	for (const char *at = text + whole + (text[whole] == '.'); *at; at++, scale /= 10) {
		if (*at < '0' || *at > '9')
			return -1;
		time->tv_nsec += (*at - '0') * scale;
	}
	return 0;
}

/* Without a zone the time is a local one. */
static int parse_local(struct timespec *time, const char *text)
{
	static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					      "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

	for (size_t i = 0; i < array_length(formats); i++) {
		struct tm parts = {.tm_isdst = -1};
		const char *end = strptime(text, formats[i], &parts);

		if (end && !*end) {
			*time = (struct timespec){.tv_sec = mktime(&parts)};
			return 0;
		}
	}
	return -1;
}

int times_parse(struct timespec *time, const char *text, const struct timespec *now,
		struct error *err)
{
	int64_t ago;

	if (parse_seconds(time, text) == 0 || parse_local(time, text) == 0 ||
	    units_parse_time(time, text, NULL) == 0)
		return 0;
	if (units_parse_duration(&ago, text, NULL) == 0 && ago >= 0) {
		int64_t at = now->tv_sec * SECOND + now->tv_nsec - ago;

		time->tv_sec = at / SECOND;
		time->tv_nsec = at % SECOND;
		return 0;
	}
	error_set(err, ERROR_INVALID,
		  "'%s' is no time: write 2026-01-02T03:04:05Z, seconds since 1970, or a duration "
		  "such as 10m",
		  text);
	return error_state(err, FACT_OF_CLIENT, NULL, NULL);
}

struct timespec times_read(const char *rfc3339)
{
	struct timespec time = {0};

	if (rfc3339)
		units_parse_time(&time, rfc3339, NULL);
	return time;
}

char *times_ago(const char *rfc3339)
{
	struct timespec time, now = units_now();
	char age[64];

	if (!rfc3339 || units_parse_time(&time, rfc3339, NULL) < 0 || time.tv_sec <= 0)
		return alloc_string("");
	units_format_age(age, sizeof(age), now.tv_sec - time.tv_sec);
	return alloc_format("%s ago", age);
}

char *times_exact(const char *rfc3339)
{
	auto_free char *local = times_local(rfc3339);
	struct timespec time = times_read(rfc3339);
	char fraction[16] = "";
	size_t length;

	if (!*local || time.tv_nsec == 0)
		return take_ptr(local);
	length = (size_t)snprintf(fraction, sizeof(fraction), ".%09ld", time.tv_nsec);
	while (fraction[length - 1] == '0')
		fraction[--length] = '\0';
	/* Behind the seconds. */
	length = strlen("2006-01-02 15:04:05");
	return alloc_format("%.*s%s%s", (int)length, local, fraction, local + length);
}

char *times_whole(const char *rfc3339)
{
	const char *text = rfc3339 ? rfc3339 : "";
	size_t length = strcspn(text, ".");

	return alloc_format("%.*s%s", (int)length, text,
			    text + length + strcspn(text + length, "Z+-"));
}

char *times_local(const char *rfc3339)
{
	struct timespec time;
	struct tm local;
	char text[64];

	if (!rfc3339 || units_parse_time(&time, rfc3339, NULL) < 0 ||
	    !localtime_r(&time.tv_sec, &local) ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &local) == 0)
		return alloc_string("");
	return alloc_string(text);
}

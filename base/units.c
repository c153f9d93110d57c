/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"

#include "base/cleanup.h"
#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

int units_parse_u64(uint64_t *value, const char *text, struct error *err)
{
	char *end;
	unsigned long long parsed;

	if (!isdigit((unsigned char)text[0]))
		return error_set(err, ERROR_INVALID, "'%s' is not a whole number", text);
	errno = 0;
	parsed = strtoull(text, &end, 10);
	if (*end)
		return error_set(err, ERROR_INVALID, "'%s' is not a whole number", text);
	if (errno == ERANGE)
		return error_set(err, ERROR_INVALID, "'%s' is too large a number", text);
	*value = parsed;
	return 0;
}

int units_parse_int(int64_t *value, const char *text, int64_t minimum, int64_t maximum,
		    struct error *err)
{
	bool negative = text[0] == '-';
	uint64_t magnitude;
	int64_t parsed;

	if (units_parse_u64(&magnitude, text + negative, err) < 0)
		return -1;
	/* Negated as it is: there is no int64_t to negate into INT64_MIN. */
	parsed = (int64_t)(negative ? 0 - magnitude : magnitude);
	if (magnitude > (uint64_t)INT64_MAX + negative || parsed < minimum || parsed > maximum)
		return error_set(err, ERROR_INVALID, "'%s' is out of range: %lld to %lld", text,
				 (long long)minimum, (long long)maximum);
	*value = parsed;
	return 0;
}

int units_parse_id(uint32_t *value, const char *text, struct error *err)
{
	int64_t parsed = 0;

	if (units_parse_int(&parsed, text, 0, UINT32_MAX - 1, err) < 0)
		return -1;
	*value = (uint32_t)parsed;
	return 0;
}

int units_parse_mode(unsigned *value, const char *text, struct error *err)
{
	const char *digits = text;
	unsigned parsed = 0;

	if (digits[0] == '0' && (digits[1] == 'o' || digits[1] == 'O'))
		digits += 2;
	if (!*digits || strlen(digits) > 6)
		return error_set(err, ERROR_INVALID, "'%s' is not an octal file mode", text);
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '7')
			return error_set(err, ERROR_INVALID, "'%s' is not an octal file mode",
					 text);
		parsed = parsed * 8 + (unsigned)(*digits - '0');
	}
	if (parsed > 07777)
		return error_set(err, ERROR_INVALID, "'%s' is larger than the mode 7777", text);
	*value = parsed;
	return 0;
}

/* Digits with at most one dot; strtod would also take "inf", "0x1" and "1e9". */
static int parse_decimal(double *value, const char *text, const char **end)
{
	size_t whole = strspn(text, "0123456789");
	size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	char copy[64];
	size_t length = whole + (text[whole] == '.') + fraction;

	if (whole + fraction == 0 || length >= sizeof(copy))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*value = strtod(copy, NULL);
	*end = text + length;
	return 0;
}

int units_parse_size(int64_t *bytes, const char *text, struct error *err)
{
	static const char letters[] = "bkmgtp";
	const char *unit, *letter = letters;
	double number;

	if (strcmp(text, "-1") == 0) {
		*bytes = -1;
		return 0;
	}
	if (parse_decimal(&number, text, &unit) < 0)
		return error_set(err, ERROR_INVALID, "'%s' is not a size such as 512k, 64m or 1g",
				 text);
	while (*unit == ' ')
		unit++;
	if (*unit) {
		letter = strchr(letters, tolower((unsigned char)*unit++));
		if (letter && letter != letters && tolower((unsigned char)*unit) == 'i')
			unit++;
		if (letter && letter != letters && tolower((unsigned char)*unit) == 'b')
			unit++;
		if (!letter || *unit)
			return error_set(err, ERROR_INVALID,
					 "'%s' is not a size: the units are b, k, m, g, t, p",
					 text);
	}
	for (const char *step = letters; step < letter; step++)
		number *= 1024;
	if (number >= 9.2e18)
		return error_set(err, ERROR_INVALID, "'%s' is too large a size", text);
	*bytes = (int64_t)number;
	return 0;
}

static const struct {
	const char *name;
	double nanoseconds;
} duration_units[] = {
	{"ns", 1},  {"us", 1e3}, {"µs", 1e3},	{"μs", 1e3},	{"ms", 1e6},
	{"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 7 * 86400e9},
};

static double find_duration_unit(const char *text, const char **end)
{
	size_t longest = 0;
	double factor = 0;

	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
		size_t length = strlen(duration_units[i].name);

		if (length > longest && strncmp(text, duration_units[i].name, length) == 0) {
			longest = length;
			factor = duration_units[i].nanoseconds;
		}
	}
	*end = text + longest;
	return factor;
}

int units_parse_duration(int64_t *nanoseconds, const char *text, struct error *err)
{
	bool negative = *text == '-';
	const char *at = text + negative;
	double total = 0, number, factor;

	if (strcmp(at, "0") == 0) {
		*nanoseconds = 0;
		return 0;
	}
	do {
		if (parse_decimal(&number, at, &at) < 0)
			return error_set(err, ERROR_INVALID,
					 "'%s' is not a duration such as 30s, 1m30s or 500ms",
					 text);
		factor = find_duration_unit(at, &at);
		if (factor == 0)
			return error_set(err, ERROR_INVALID,
					 "'%s' is not a duration: the units are ns, us, ms, s, m, "
					 "h, d, w",
					 text);
		total += number * factor;
	} while (*at);
	if (total >= 9.2e18)
		return error_set(err, ERROR_INVALID, "'%s' is too long a duration", text);
	*nanoseconds = (int64_t)(total + 0.5);
	if (negative)
		*nanoseconds = -*nanoseconds;
	return 0;
}

/* @value in units of @unit with the fraction's trailing zeros cut: 1.5s, 250ms. */
static char *format_fraction(char *out, size_t size, int64_t value, int64_t unit, const char *name)
{
	char fraction[32] = "";
	int digits = unit == SECOND ? 9 : unit == MILLISECOND ? 6 : 3;
	size_t end;
	if (value % unit) {
		snprintf(fraction, sizeof(fraction), ".%0*lld", digits, (long long)(value % unit));
		for (end = strlen(fraction); fraction[end - 1] == '0'; end--)
			fraction[end - 1] = '\0';
	}
	snprintf(out, size, "%lld%s%s", (long long)(value / unit), fraction, name);
	return out;
}

char *units_format_duration(char *out, size_t size, int64_t ns)
{
	size_t used = 0;
	int64_t hours, minutes;

	if (ns < 0 && size > 1) {
		out[used++] = '-';
		ns = -ns;
	}
	if (ns == 0) {
		snprintf(out, size, "0s");
		return out;
	}
	if (ns < SECOND) {
		int64_t unit = ns < MICROSECOND ? 1 : ns < MILLISECOND ? MICROSECOND : MILLISECOND;

		format_fraction(out + used, size - used, ns, unit,
				unit == 1      ? "ns"
				: unit == 1000 ? "µs"
					       : "ms");
		return out;
	}
	hours = ns / HOUR;
	minutes = ns / MINUTE % 60;
	if (hours)
		used += (size_t)snprintf(out + used, size - used, "%lldh", (long long)hours);
	if (hours || minutes)
		used += (size_t)snprintf(out + used, size - used, "%lldm", (long long)minutes);
	format_fraction(out + used, size - used, ns % MINUTE, SECOND, "s");
	return out;
}

struct scale {
	double base;
	int digits;
	const char *names[7];
};

static char *format_scaled(char *out, size_t size, double value, const struct scale *scale)
{
	size_t i = 0;

	while (value >= scale->base && i + 1 < 7) {
		value /= scale->base;
		i++;
	}
	snprintf(out, size, "%.*g%s", scale->digits, value, scale->names[i]);
	return out;
}

char *units_format_size(char *out, size_t size, int64_t bytes)
{
	static const struct scale decimal = {1000, 3, {"B", "kB", "MB", "GB", "TB", "PB", "EB"}};

	return format_scaled(out, size, (double)bytes, &decimal);
}

char *units_format_size_binary(char *out, size_t size, int64_t bytes)
{
	static const struct scale binary = {
		1024, 4, {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}};

	return format_scaled(out, size, (double)bytes, &binary);
}

char *units_format_age(char *out, size_t size, int64_t seconds)
{
	int64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600, days = seconds / 86400;

	if (seconds < 1)
		snprintf(out, size, "Less than a second");
	else if (seconds == 1)
		snprintf(out, size, "1 second");
	else if (seconds < 60)
		snprintf(out, size, "%lld seconds", (long long)seconds);
	else if (minutes == 1)
		snprintf(out, size, "About a minute");
	else if (minutes < 60)
		snprintf(out, size, "%lld minutes", (long long)minutes);
	else if (hours == 1)
		snprintf(out, size, "About an hour");
	else if (hours < 48)
		snprintf(out, size, "%lld hours", (long long)hours);
	else if (days < 14)
		snprintf(out, size, "%lld days", (long long)days);
	else if (days < 60)
		snprintf(out, size, "%lld weeks", (long long)(days / 7));
	else if (days < 730)
		snprintf(out, size, "%lld months", (long long)(days / 30));
	else
		snprintf(out, size, "%lld years", (long long)(days / 365));
	return out;
}

char *units_format_time(char out[UNITS_TIME_SIZE], const struct timespec *time)
{
	struct tm parts;
	size_t length;

	gmtime_r(&time->tv_sec, &parts);
	length = strftime(out, UNITS_TIME_SIZE - 12, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(out + length, UNITS_TIME_SIZE - length, ".%09uZ",
		 (unsigned)time->tv_nsec % (unsigned)SECOND);
	return out;
}

static int parse_offset(int64_t *seconds, const char *text)
{
	int hours, minutes, end = 0;

	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
		*seconds = 0;
		return 0;
	}
	if ((text[0] != '+' && text[0] != '-') ||
	    sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &end) != 2 || text[1 + end])
		return -1;
	*seconds = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
	return 0;
}

int units_parse_time(struct timespec *time, const char *text, struct error *err)
{
	struct tm parts = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	int64_t offset, ns = 0, scale = SECOND;

	if (rest && *rest == '.')
		for (rest++; isdigit((unsigned char)*rest); rest++)
			if (scale > 1)
				ns += (*rest - '0') * (scale /= 10);
	if (!rest || parse_offset(&offset, rest) < 0)
		return error_set(err, ERROR_INVALID,
				 "'%s' is not a time such as 2026-01-02T15:04:05Z", text);
	*time = (struct timespec){.tv_sec = timegm(&parts) - offset, .tv_nsec = ns};
	if (parts.tm_year == 1 - 1900)
		*time = (struct timespec){0};
	return 0;
}

bool units_is_time(const char *text)
{
	struct timespec time;

	return units_parse_time(&time, text, NULL) == 0;
}

int64_t units_milliseconds(int64_t nanoseconds)
{
	return nanoseconds < 0 ? -1 : nanoseconds / MILLISECOND;
}

int64_t units_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

struct timespec units_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

bool units_is_earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

void units_format_hex(char *out, const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < length; i++) {
		*out++ = digits[byte[i] >> 4];
		*out++ = digits[byte[i] & 15];
	}
	*out = '\0';
}

void units_random_hex(char *out, size_t length)
{
	unsigned char bytes[64];

	for (size_t done = 0; done < length; done += sizeof(bytes)) {
		size_t n = length - done < sizeof(bytes) ? length - done : sizeof(bytes);

		while (getrandom(bytes, n, 0) != (ssize_t)n)
			;
		units_format_hex(out + 2 * done, bytes, n);
	}
}

int units_parse_bool(bool *value, const char *text, struct error *err)
{
	static const char *const yes[] = {"1", "t", "true", "y", "yes", "on"};
	static const char *const no[] = {"0", "f", "false", "n", "no", "off"};

	for (size_t i = 0; i < array_length(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*value = strcasecmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return error_set(err, ERROR_INVALID, "'%s' is neither true nor false", text);
}

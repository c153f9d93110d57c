/* SPDX-License-Identifier: Apache-2.0 */
/* Which drivers and options a log can have, and what they mean (engine/logs/logfile.h). */
#include "engine/logs/logfile.h"

#include <string.h>
#include <syslog.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "engine/logs/log_address.h"
#include "engine/logs/log_message.h"

enum {
	ALL = 1 << LOG_TO_DISK | 1 << LOG_TO_SYSLOG | 1 << LOG_TO_JOURNALD,
	DISK = 1 << LOG_TO_DISK,
	SYSLOG = 1 << LOG_TO_SYSLOG,
	JOURNALD = 1 << LOG_TO_JOURNALD,
};

#define BY_DEFAULT .max_size = INT64_C(10) << 20, .max_files = 3

static const struct driver {
	const char *name;
	struct log_options defaults;
} drivers[] = {
	{"json-file", {BY_DEFAULT}},
	/* The same format on disk; only the defaults are those of Docker's driver. */
	{"local", {.max_size = INT64_C(20) << 20, .max_files = 5}},
	{"none", {.is_disabled = true, .max_size = -1, .max_files = 1}},
	{"syslog",
	 {BY_DEFAULT, .forwarding = {.destination = LOG_TO_SYSLOG, .facility = LOG_DAEMON >> 3}}},
	{"journald", {BY_DEFAULT, .forwarding = {.destination = LOG_TO_JOURNALD}}},
};

static int parse_max_size(struct log_options *options, const char *value, struct error *err)
{
	if (units_parse_size(&options->max_size, value, err) < 0)
		return -1;
	if (options->max_size < 1 && options->max_size != -1)
		return error_set(err, ERROR_INVALID, "'%s' is not positive; -1 means without limit",
				 value);
	return 0;
}

static int parse_max_file(struct log_options *options, const char *value, struct error *err)
{
	int64_t count;

	if (units_parse_int(&count, value, 1, 10000, err) < 0)
		return -1;
	options->max_files = (int)count;
	return 0;
}

static int parse_tag(struct log_options *options, const char *value, struct error *err)
{
	static const struct log_identity anybody = {"", "", "", "", "", 0};
	auto_free char *tag = log_message_tag(value, &anybody, err);

	options->forwarding.tag = *value ? value : NULL;
	return tag ? 0 : -1;
}

static int parse_address(struct log_options *options, const char *value, struct error *err)
{
	struct log_address address;

	if (!*value)
		return 0;
	options->forwarding.address = value;
	return log_address_parse(&address, value, err);
}

/* By name, or by number as Docker has it. */
static int parse_facility(struct log_options *options, const char *value, struct error *err)
{
	static const char *const names[] = {
		"kern",	  "user",   "mail",	"daemon", "auth",   "syslog", "lpr",	"news",
		"uucp",	  "cron",   "authpriv", "ftp",	  NULL,	    NULL,     NULL,	NULL,
		"local0", "local1", "local2",	"local3", "local4", "local5", "local6", "local7",
	};
	int64_t number;

	for (size_t i = 0; i < array_length(names); i++)
		if (names[i] && strcmp(names[i], value) == 0) {
			options->forwarding.facility = (int)i;
			return 0;
		}
	if (units_parse_int(&number, value, 0, 23, NULL) < 0)
		return error_set(
			err, ERROR_INVALID,
			"'%s' is no facility: kern, user, mail, daemon, auth, syslog, lpr, "
			"news, uucp, cron, authpriv, ftp, local0 to local7",
			value);
	options->forwarding.facility = (int)number;
	return 0;
}

static int parse_format(struct log_options *options, const char *value, struct error *err)
{
	static const char *const names[] = {
		[LOG_SYSLOG_UNIX] = "",
		[LOG_SYSLOG_RFC3164] = "rfc3164",
		[LOG_SYSLOG_RFC5424] = "rfc5424",
		[LOG_SYSLOG_RFC5424_MICRO] = "rfc5424micro",
	};

	for (size_t i = 0; i < array_length(names); i++)
		if (strcmp(names[i], value) == 0) {
			options->forwarding.format = (enum log_syslog_format)i;
			return 0;
		}
	return error_set(err, ERROR_INVALID, "'%s' is no format: rfc3164, rfc5424 or rfc5424micro",
			 value);
}

/* Which labels and variables come with each record: what they are stands in the container's
 * description, and who shows the log looks there. */
static int parse_names(struct log_options *options, const char *value, struct error *err)
{
	(void)options;
	(void)value;
	(void)err;
	return 0;
}

static const struct option {
	const char *name;
	int (*parse)(struct log_options *options, const char *value, struct error *err);
	unsigned drivers;
} known[] = {
	{"env", parse_names, DISK},
	{"labels", parse_names, DISK},
	{"max-size", parse_max_size, ALL},
	{"max-file", parse_max_file, ALL},
	{"tag", parse_tag, SYSLOG | JOURNALD},
	{"syslog-address", parse_address, SYSLOG},
	{"syslog-facility", parse_facility, SYSLOG},
	{"syslog-format", parse_format, SYSLOG},
};

static const struct driver *find_driver(const char *name)
{
	if (!name || !*name)
		return &drivers[0];
	for (size_t i = 0; i < array_length(drivers); i++)
		if (strcmp(drivers[i].name, name) == 0)
			return &drivers[i];
	return NULL;
}

static const struct option *find_option(const struct driver *driver, const char *name)
{
	for (size_t i = 0; driver && i < array_length(known); i++)
		if (strcmp(known[i].name, name) == 0 &&
		    (known[i].drivers & 1U << driver->defaults.forwarding.destination))
			return &known[i];
	return NULL;
}

const char *log_options_driver(const char *driver)
{
	static const char *const elsewhere[] = {
		"awslogs", "etwlogs", "fluentd", "gcplogs", "gelf", "logentries", "splunk",
	};
	const struct driver *found = find_driver(driver);

	for (size_t i = 0; !found && i < array_length(elsewhere); i++)
		if (strcmp(elsewhere[i], driver) == 0)
			found = &drivers[0];
	return found ? found->name : NULL;
}

bool log_options_is_option(const char *driver, const char *name)
{
	return find_option(find_driver(driver), name);
}

static int parse_option(struct log_options *options, const struct driver *driver,
			const struct pair *pair, struct error *err)
{
	const struct option *option = find_option(driver, pair->name);

	if (!option)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the log option '%s' is not supported by the driver '%s': use "
				 "max-size or max-file",
				 pair->name, driver->name);
	if (option->parse(options, pair->value, err) < 0)
		return error_wrap(err, "cannot use the log option '%s'", pair->name);
	return 0;
}

int log_options_parse(struct log_options *options, const char *driver, const struct pair *pairs,
		      size_t count, struct error *err)
{
	const struct driver *found = find_driver(driver);
	struct log_options parsed;

	if (!found)
		return error_set(err, ERROR_UNSUPPORTED,
				 "the log driver '%s' is not supported: use json-file, local, "
				 "syslog, journald or none",
				 driver);
	parsed = found->defaults;
	for (size_t i = 0; i < count; i++)
		if (parse_option(&parsed, found, &pairs[i], err) < 0)
			return -1;
	*options = parsed;
	return 0;
}

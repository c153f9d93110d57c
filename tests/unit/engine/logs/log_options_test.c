/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "engine/logs/logfile.h"
#include "tests/harness/harness.h"

#include <string.h>

static int parse(struct log_options *options, const char *driver, const char *name,
		 const char *value, struct error *err)
{
	const struct pair pair = {name, value};

	return log_options_parse(options, driver, &pair, name ? 1 : 0, err);
}

TEST(knows_the_drivers_and_their_defaults)
{
	struct log_options options;
	struct error err = {0};

	CHECK_OK(parse(&options, NULL, NULL, NULL, &err));
	CHECK(!options.is_disabled);
	CHECK_INT(options.max_size, 10 << 20);
	CHECK_INT(options.max_files, 3);
	CHECK_OK(parse(&options, "json-file", NULL, NULL, &err));
	CHECK_INT(options.max_files, 3);
	CHECK_OK(parse(&options, "local", NULL, NULL, &err));
	CHECK_INT(options.max_size, 20 << 20);
	CHECK_INT(options.max_files, 5);
	CHECK_OK(parse(&options, "none", NULL, NULL, &err));
	CHECK(options.is_disabled);
}

TEST(reads_size_and_count)
{
	struct log_options options;
	struct error err = {0};

	CHECK_OK(parse(&options, "json-file", "max-size", "512k", &err));
	CHECK_INT(options.max_size, 512 << 10);
	CHECK_OK(parse(&options, "json-file", "max-size", "-1", &err));
	CHECK_INT(options.max_size, -1);
	CHECK_OK(parse(&options, "json-file", "max-file", "1", &err));
	CHECK_INT(options.max_files, 1);
}

TEST(refuses_what_it_cannot_do)
{
	struct log_options options = {.max_files = 77};
	struct error err = {0};

	CHECK(parse(&options, "gelf", NULL, NULL, &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "json-file") != NULL);
	CHECK(parse(&options, "json-file", "syslog-address", "x", &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
	CHECK(strstr(err.text, "syslog-address") != NULL);
	CHECK_INT(options.max_files, 77);
}

TEST(refuses_bad_values)
{
	static const char *const sizes[] = {"", "0", "-2", "x", "10q", "1e3m"};
	static const char *const counts[] = {"", "0", "-1", "1.5", "many", "99999999999999999999"};
	struct log_options options;
	struct error err;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		CHECK(parse(&options, NULL, "max-size", sizes[i], &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
		CHECK(strstr(err.text, "max-size") != NULL);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		CHECK(parse(&options, NULL, "max-file", counts[i], &err) < 0);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

TEST(reads_where_to_forward)
{
	struct log_options options;
	struct error err = {0};

	CHECK_OK(parse(&options, "json-file", NULL, NULL, &err));
	CHECK_INT(options.forwarding.destination, LOG_TO_DISK);
	CHECK_OK(parse(&options, "journald", "tag", "{{.Name}}", &err));
	CHECK_INT(options.forwarding.destination, LOG_TO_JOURNALD);
	CHECK_TEXT(options.forwarding.tag, "{{.Name}}");
	CHECK_INT(options.max_size, 10 << 20);
	CHECK_OK(parse(&options, "syslog", NULL, NULL, &err));
	CHECK_INT(options.forwarding.destination, LOG_TO_SYSLOG);
	CHECK_INT(options.forwarding.facility, 3);
	CHECK_INT(options.forwarding.format, LOG_SYSLOG_UNIX);
	CHECK_OK(parse(&options, "syslog", "syslog-facility", "local7", &err));
	CHECK_INT(options.forwarding.facility, 23);
	CHECK_OK(parse(&options, "syslog", "syslog-facility", "13", &err));
	CHECK_INT(options.forwarding.facility, 13);
	CHECK_OK(parse(&options, "syslog", "syslog-format", "rfc5424micro", &err));
	CHECK_INT(options.forwarding.format, LOG_SYSLOG_RFC5424_MICRO);
	CHECK_OK(parse(&options, "syslog", "syslog-address", "udp://10.0.0.1", &err));
	CHECK_TEXT(options.forwarding.address, "udp://10.0.0.1");
}

TEST(refuses_bad_forwarding)
{
	static const char *const bad[][2] = {
		{"syslog-facility", "local8"}, {"syslog-facility", "24"},
		{"syslog-format", "rfc1"},     {"syslog-address", "ftp://x"},
		{"syslog-address", "udp://"},  {"syslog-address", "tcp+tls://x"},
		{"tag", "{{.Nonsense}}"},
	};
	struct log_options options;
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK(parse(&options, "syslog", bad[i][0], bad[i][1], &err) < 0);
		CHECK(strstr(err.text, bad[i][0]) != NULL);
	}
	CHECK(parse(&options, "journald", "syslog-format", "rfc3164", &err) < 0);
	CHECK_INT(err.code, ERROR_UNSUPPORTED);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/logs/log_address.h"
#include "engine/logs/log_message.h"
#include "tests/harness/harness.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct log_identity identity = {
	.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.name = "shop-web-1",
	.image = "busybox",
	.image_id = "sha256:fedcba9876543210",
	.hostname = "the host",
	.pid = 42,
};

static char *tag_of(const char *template, struct error *err)
{
	return log_message_tag(template, &identity, err);
}

static void check_tag(const char *template, const char *expected)
{
	struct error err = {0};
	char *tag = tag_of(template, &err);

	CHECK_TEXT(tag, expected);
	free(tag);
}

TEST(expands_tags)
{
	check_tag(NULL, "0123456789ab");
	check_tag("plain", "plain");
	check_tag("{{.Name}}/{{ .ImageName }}/{{.ImageID}}", "shop-web-1/busybox/fedcba987654");
	check_tag("{{.FullID}}", identity.id);
	check_tag("{{.ImageFullID}}{{.DaemonName}}", "sha256:fedcba9876543210coracle");
	check_tag("a{b}}", "a{b}}");
	check_tag("", "");
}

TEST(refuses_other_templates)
{
	static const char *const bad[] = {"{{",	    "{{.ID",	"{{.Nope}}",
					  "{{ID}}", "{{.ID}x}", "{{if .ID}}{{end}}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct error err = {0};

		CHECK(tag_of(bad[i], &err) == NULL);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

static void check_syslog(enum log_syslog_format format, enum log_stream stream,
			 const char *expected)
{
	struct log_forwarding forwarding = {LOG_TO_SYSLOG, .facility = 16, .format = format};
	struct log_line line = {stream, {1767265506, 123456789}, "hello\n", 5, false};
	struct strbuf out = {0};

	setenv("TZ", "UTC-1", 1);
	tzset();
	log_message_syslog(&out, &forwarding, &identity, "my tag", &line);
	CHECK_TEXT(strbuf_text(&out), expected);
	strbuf_release(&out);
}

TEST(formats_for_syslog)
{
	check_syslog(LOG_SYSLOG_UNIX, LOG_STDOUT, "<134>Jan  1 12:05:06 my_tag[42]: hello\n");
	check_syslog(LOG_SYSLOG_RFC3164, LOG_STDERR,
		     "<131>Jan  1 12:05:06 the_host my_tag[42]: hello\n");
	check_syslog(LOG_SYSLOG_RFC5424, LOG_STDOUT,
		     "<134>1 2026-01-01T12:05:06+01:00 the_host my_tag 42 my_tag - hello\n");
	check_syslog(LOG_SYSLOG_RFC5424_MICRO, LOG_STDOUT,
		     "<134>1 2026-01-01T12:05:06.123456+01:00 the_host my_tag 42 my_tag - hello\n");
}

static bool has(const struct strbuf *out, const char *bytes, size_t length)
{
	return memmem(out->text, out->length, bytes, length);
}

TEST(formats_for_journald)
{
	struct log_line line = {LOG_STDERR, {0, 0}, "hello", 5, true};
	struct strbuf out = {0};

	log_message_journal(&out, &identity, "two\nlines", &line);
	CHECK(strstr(strbuf_text(&out), "PRIORITY=3\nCONTAINER_ID=0123456789ab\n"));
	CHECK(strstr(strbuf_text(&out), "\nCONTAINER_NAME=shop-web-1\n"));
	CHECK(has(&out, "\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=hello\n", 46));
	CHECK(has(&out, "CONTAINER_TAG\n\t\0\0\0\0\0\0\0two\nlines\n", 32));
	strbuf_release(&out);
}

TEST(reads_addresses)
{
	struct log_address address;
	struct error err = {0};

	CHECK_OK(log_address_parse(&address, "udp://10.0.0.1:1514", &err));
	CHECK(!address.is_unix && !address.is_stream);
	CHECK_TEXT(address.host, "10.0.0.1");
	CHECK_TEXT(address.port, "1514");
	CHECK_OK(log_address_parse(&address, "tcp://[fe80::1]", &err));
	CHECK(address.is_stream);
	CHECK_TEXT(address.host, "fe80::1");
	CHECK_TEXT(address.port, "514");
	CHECK_OK(log_address_parse(&address, "tcp://::1", &err));
	CHECK_TEXT(address.host, "::1");
	CHECK_OK(log_address_parse(&address, "unixgram:///run/log", &err));
	CHECK(address.is_unix && !address.is_stream);
	CHECK_TEXT(address.path, "/run/log");
}

TEST(refuses_other_addresses)
{
	static const char *const bad[] = {
		"",	      "/dev/log",    "udp:/x",	       "udp://",	  "udp://:514",
		"tcp://h:",   "tcp://h:x1",  "tcp://h:123456", "unix://relative", "tcp://[::1]x",
		"tcp://[::1", "tcp+tls://h", "http://h",
	};
	struct log_address address;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct error err = {0};

		CHECK(log_address_parse(&address, bad[i], &err) < 0);
		CHECK(strstr(err.text, "syslog-address"));
	}
}

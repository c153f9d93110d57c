/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_log_address.c - the log options syslog-address and tag, and a line of output that
 * is turned into messages. The input is those three, a line each; the rest is the output.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/logs/log_address.h"
#include "engine/logs/log_message.h"

static const struct log_identity identity = {
	.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	.name = "shop-web-1",
	.image = "busybox",
	.image_id = "sha256:fedcba9876543210",
	.hostname = "host",
	.pid = 42,
};

static void check_address(const char *text)
{
	struct log_address address;

	if (log_address_parse(&address, text, NULL) < 0)
		return;
	assert(memchr(address.path, '\0', sizeof(address.path)));
	assert(memchr(address.host, '\0', sizeof(address.host)));
	assert(address.is_unix ? address.path[0] == '/' : address.host[0] && address.port[0]);
}

static void check_messages(const char *tag, const char *output, size_t length)
{
	struct log_line line = {LOG_STDOUT, {1, 2}, output, length, false};

	for (int format = LOG_SYSLOG_UNIX; format <= LOG_SYSLOG_RFC5424_MICRO; format++) {
		struct log_forwarding forwarding = {LOG_TO_SYSLOG, .facility = 3,
						    .format = (enum log_syslog_format)format};
		auto_strbuf struct strbuf out = {0};

		log_message_syslog(&out, &forwarding, &identity, tag, &line);
		assert(out.length > length && out.text[out.length - 1] == '\n');
		assert(memcmp(out.text + out.length - 1 - length, output, length) == 0);
		/* A tag cannot end the header: before the output stands no other newline. */
		assert(!memchr(out.text, '\n', out.length - 1 - length));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	auto_free char *tag = NULL;
	auto_strbuf struct strbuf journal = {0};
	char *rest = text, *address = strsep(&rest, "\n"), *template = strsep(&rest, "\n");
	struct log_line line = {
		LOG_STDERR, {1, 2}, rest ? rest : "", rest ? strlen(rest) : 0, true};

	check_address(address);
	tag = log_message_tag(template, &identity, NULL);
	check_messages(tag ? tag : template ? template : "", line.text, line.length);
	log_message_journal(&journal, &identity, tag ? tag : "", &line);
	assert(journal.length > line.length);
	return 0;
}

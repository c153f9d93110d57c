/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_wire.c - what a transport that was taken over says to the command.
 *
 * The input stands behind the magic number; what is missing is zero. The same bytes are tried as a
 * request and as a registries.json, which is at least written by somebody else.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "registry/config.h"
#include "registry/wire.h"

static void check_reply(const struct wire_reply *reply)
{
	assert(reply->kind < WIRE_REPLY_KINDS && reply->bytes >= 0);
	assert(!reply->hex[0] || strlen(reply->hex) == 64);
	assert(strlen(reply->media_type) < sizeof(reply->media_type));
	assert(strlen(reply->text) < sizeof(reply->text));
	for (const char *c = reply->text; *c; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	assert(reply->kind != WIRE_FAILED || reply->code > 0);
	assert(reply->kind == WIRE_FAILED || reply->code == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	auto_config struct config config = {0};
	struct wire_request request;
	struct wire_reply reply, raw = {.magic = WIRE_MAGIC};
	size_t copied = length < sizeof(raw) - 4 ? length : sizeof(raw) - 4;

	memcpy((char *)&raw + 4, bytes, copied);
	if (wire_parse_reply(&reply, &raw, sizeof(raw), NULL) == 0)
		check_reply(&reply);
	assert(wire_parse_reply(&reply, bytes, length, NULL) < 0 || length == sizeof(reply));
	if (wire_parse_request(&request, &raw, sizeof(request), NULL) == 0)
		assert(request.offset >= 0 && request.offset <= request.size);
	config_parse(&config, text, "fuzz", false, NULL);
	return 0;
}

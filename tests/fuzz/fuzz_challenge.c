/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_challenge.c - what a registry's headers lead to: WWW-Authenticate, addresses,
 * lengths.
 *
 * Lines of the input are headers of one answer, or values of WWW-Authenticate or Location.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "registry/text.h"
#include "registry/transport/challenge.h"
#include "registry/transport/exchange_headers.h"
#include "registry/url.h"

static void check_url(const char *text)
{
	static struct url base, url, again;
	auto_strbuf struct strbuf out = {0};

	assert(url_parse(&base, "https://registry.example:5000/v2/a?b=c", NULL) == 0);
	if (url_resolve(&url, &base, text, NULL) < 0)
		return;
	url_format(&out, &url);
	for (size_t i = 0; i < out.length; i++)
		assert(out.text[i] > 0x20 && out.text[i] < 0x7f);
	/* What goes to libcurl is what was checked. */
	assert(url_parse(&again, out.text, NULL) == 0);
	assert(url_is_same_origin(&url, &again) && strcmp(url.rest, again.rest) == 0);
	if (url_check_redirect(&base, &url, NULL) == 0)
		assert(url.is_tls && !host_is_local(url.host));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_free char *text = alloc_string_n((const char *)bytes, length);
	struct challenge challenge = {0};
	struct exchange_headers headers = {0};
	char shown[300], *rest = text, *line;

	exchange_headers_clear(&headers);
	while ((line = strsep(&rest, "\n"))) {
		exchange_headers_add(&headers, line, strlen(line));
		challenge_add(&challenge, line);
		check_url(line);
	}
	assert(headers.length >= -1 && headers.range_start >= -1 && headers.range_last >= -1);
	exchange_headers_clear(&headers);
	assert(memchr(challenge.realm, '\0', sizeof(challenge.realm)));
	assert(memchr(challenge.service, '\0', sizeof(challenge.service)));
	assert(!challenge.realm[0] || challenge.has_bearer);
	text_copy(shown, sizeof(shown), (const char *)bytes, length);
	for (const char *c = shown; *c; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/base64.h"

#include "base/cleanup.h"
#include "tests/harness/harness.h"

#include <string.h>

TEST(what_was_encoded_comes_back)
{
	static const char *const pairs[][2] = {
		{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"a:b:c", "YTpiOmM="}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t length;
		auto_free char *text = base64_encode(pairs[i][0], strlen(pairs[i][0]));
		auto_free char *bytes = base64_decode(pairs[i][1], &length);

		CHECK_TEXT(text, pairs[i][1]);
		CHECK_TEXT(bytes, pairs[i][0]);
		CHECK_INT(length, strlen(pairs[i][0]));
	}
}

TEST(what_is_no_base64_is_refused)
{
	size_t length;

	CHECK(!base64_decode("a", &length));
	CHECK(!base64_decode("Zg=", &length));
	CHECK(!base64_decode("Z!==", &length));
}

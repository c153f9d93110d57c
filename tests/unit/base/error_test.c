/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "tests/harness/harness.h"

#include <errno.h>

TEST(what_is_passed_on_keeps_code_and_text)
{
	struct error reason = {0}, err = {0};

	error_set(&reason, ERROR_BUSY, "it is in use (%d%%)", 100);
	CHECK(error_pass(&err, &reason) == -1);
	CHECK(err.code == ERROR_BUSY);
	CHECK_TEXT(err.text, "it is in use (100%)");
	CHECK(error_pass(NULL, &reason) == -1);
}

TEST(context_is_put_before_the_text)
{
	struct error err = {0};

	errno = ENOENT;
	error_errno(&err, "cannot open 'x'");
	CHECK(error_wrap(&err, "service \"%s\"", "web") == -1);
	CHECK(err.code == ENOENT);
	CHECK_TEXT(err.text, "service \"web\": cannot open 'x': no such file or directory");
}

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

TEST(what_an_error_states_goes_with_it_until_it_is_another_one)
{
	struct error err = {0}, passed = {0};

	error_set(&err, ERROR_CONFLICT, "it is taken");
	CHECK(error_state(&err, FACT_NAME_TAKEN, "web", "0123") == -1);
	error_wrap(&err, "service \"web\"");
	error_pass(&passed, &err);
	CHECK(passed.fact == FACT_NAME_TAKEN);
	CHECK_TEXT(passed.about[0], "web");
	CHECK_TEXT(passed.about[1], "0123");
	CHECK_TEXT(passed.text, "service \"web\": it is taken");
	error_set(&passed, ERROR_CONFLICT, "something else");
	CHECK(passed.fact == FACT_NONE);
	CHECK(error_state(NULL, FACT_NAME_TAKEN, "web", NULL) == -1);
}

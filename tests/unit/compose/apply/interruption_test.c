/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "compose/apply/executor.h"
#include "compose/apply/interruption.h"

#include <errno.h>
#include <string.h>

static void check_count(size_t done, size_t total, const char *text)
{
	struct error err = {0};

	CHECK(interruption_count(done, total, "image", "pulled", &err) < 0);
	CHECK_INT(err.code, ECANCELED);
	CHECK_TEXT(err.text, text);
}

TEST(counts_are_sentences)
{
	check_count(0, 1, "interrupted: the image is not pulled");
	check_count(1, 1, "interrupted: the image is pulled");
	check_count(0, 3, "interrupted: none of 3 images is pulled");
	check_count(1, 3, "interrupted: 1 of 3 images is pulled");
	check_count(2, 3, "interrupted: 2 of 3 images are pulled");
}

TEST(what_has_begun_is_said_and_what_somebody_has_said_stays)
{
	struct executor_item items[] = {{.state = EXECUTOR_DONE}, {.state = EXECUTOR_LEFT}};
	struct executor executor = {.items = items, .count = 2};
	struct error err = {0};

	error_set(&err, ECANCELED, INTERRUPTED);
	CHECK(interruption_of_executor(&executor, "stopped", &err) < 0);
	CHECK_TEXT(err.text,
		   "interrupted: 1 of 2 containers is stopped, and what has begun goes on "
		   "by itself");
	CHECK(interruption_of_executor(&executor, "restarted", &err) < 0);
	CHECK(strstr(err.text, "is stopped"));
	error_set(&err, ENOENT, "gone");
	CHECK(interruption_of_executor(&executor, "stopped", &err) < 0);
	CHECK_TEXT(err.text, "gone");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct test_case *first;
static char directory[64];

void test_register(struct test_case *test)
{
	struct test_case **end = &first;

	while (*end)
		end = &(*end)->next;
	*end = test;
}

int test_directory(const char **path)
{
	int fd;

	if (!directory[0]) {
		snprintf(directory, sizeof(directory), "/tmp/coracle-unit.XXXXXX");
		assert_non_null(mkdtemp(directory));
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (path)
		*path = directory;
	return fd;
}

void test_need_user_attributes(int fd)
{
	if (fgetxattr(fd, "user.none", NULL, 0) < 0 && errno == EOPNOTSUPP)
		test_skip("the file system has no user attributes");
}

void test_skip(const char *reason)
{
	print_message("skipped: %s\n", reason);
	skip();
}

static void run_one(void **state)
{
	struct test_case *test = *state;

	test->run();
}

static int tear_down(void **state)
{
	(void)state;
	if (directory[0])
		file_remove_tree(AT_FDCWD, directory, NULL);
	directory[0] = '\0';
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[512];
	size_t count = 0;

	for (struct test_case *test = first; test && count < 512; test = test->next)
		if (argc < 2 || strstr(test->name, argv[1]))
			tests[count++] = (struct CMUnitTest){
				.name = test->name,
				.test_func = run_one,
				.teardown_func = tear_down,
				.initial_state = test,
			};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("unit", tests, count, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/harness/harness.h - a thin layer over cmocka: tests register themselves.
 *
 * TEST(says_what_it_asserts) { CHECK(…); } is all a file needs; the harness has main. Tests get a
 * fresh directory of their own with test_directory(), removed afterwards.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

void test_register(struct test_case *test);
/* A descriptor of (and with @path, the path of) a directory that is this test's own. */
int test_directory(const char **path);
/* Skips the running test and says why. */
void test_skip(const char *reason);
/* Skips where the file system has no extended attributes for users (a tmpfs before Linux 6.6). */
void test_need_user_attributes(int fd);

#define TEST(title)                                                                                \
	static void title(void);                                                                   \
	__attribute__((constructor)) static void register_##title(void)                            \
	{                                                                                          \
		static struct test_case test = {.name = #title, .run = title};                     \
		test_register(&test);                                                              \
	}                                                                                          \
	static void title(void)

#define CHECK(condition)	     assert_true(condition)
#define CHECK_INT(actual, expected)  assert_int_equal(actual, expected)
#define CHECK_TEXT(actual, expected) assert_string_equal(actual, expected)
/* For calls that fill `err`: shows its text on failure. */
#define CHECK_OK(call)                                                                             \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			fail_msg("%s: %s", #call, err.text);                                       \
	} while (0)

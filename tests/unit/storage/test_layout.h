/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/storage/test_layout.h - an empty store in a directory of the test's own.
 */
#pragma once

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/layout.h"
#include "tests/harness/harness.h"

static inline void test_layout_open(struct layout *layout)
{
	struct error err = {0};
	const char *path;
	int fd = test_directory(&path);
	auto_free char *root = alloc_format("%s/root", path);
	auto_free char *run = alloc_format("%s/run", path);

	close(fd);
	CHECK_OK(layout_open(layout, root, run, &err));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fuzz/fuzz_tar_layer.c - a layer applied to a directory of its own. What lies beside that
 * directory must never change.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "storage/image/layer.h"
#include "tests/fuzz/canary.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	auto_close int blob = memfd_create("layer", MFD_CLOEXEC);
	auto_close int fd = -1;
	struct layer layer;

	if (directory_fd < 0)
		set_up();
	if (file_write_all(blob, bytes, length, NULL) < 0 || lseek(blob, 0, SEEK_SET) < 0)
		return 0;
	assert(mkdirat(directory_fd, "room/layer", 0755) == 0);
	fd = openat(directory_fd, "room/layer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	layer_init(&layer, fd);
	layer.limits.bytes = 4 << 20;
	layer.limits.entries = 200;
	if (layer_apply(&layer, blob, NULL, NULL) == 0)
		layer_finish(&layer, -1, -1, NULL);
	layer_release(&layer);
	assert(file_remove_tree(directory_fd, "room/layer", NULL) == 0);
	check_canary();
	return 0;
}

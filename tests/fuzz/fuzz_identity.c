/* SPDX-License-Identifier: Apache-2.0 */
/* passwd and group: one input serves as both, its first line as the user asked for. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/identity.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

static int make_root(const uint8_t *bytes, size_t size)
{
	static const char *const files[] = {"etc/passwd", "etc/group"};
	static char path[] = "/dev/shm/fuzz-identity.XXXXXX";
	static int root = -1;

	if (root < 0) {
		if (!mkdtemp(path))
			abort();
		root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		mkdirat(root, "etc", 0755);
	}
	for (int i = 0; i < 2; i++) {
		auto_close int fd =
			openat(root, files[i], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

		if (write(fd, bytes, size) != (ssize_t)size)
			abort();
	}
	return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	auto_arena struct arena arena = {0};
	const uint8_t *newline = memchr(bytes, '\n', size);
	size_t length = newline ? (size_t)(newline - bytes) : 0;
	auto_free char *user = alloc_string_n((const char *)bytes, length);
	char *extra[] = {user, NULL};
	struct identity identity;
	struct error err;
	int root = make_root(bytes, size);

	if (identity_resolve(&identity, &arena, root, user, NULL, &err) == 0 &&
	    (identity.user.uid == UINT32_MAX || identity.home[0] != '/'))
		abort();
	identity_resolve(&identity, &arena, root, "1000:5", extra, &err);
	return 0;
}

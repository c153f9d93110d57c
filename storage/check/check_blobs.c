/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_blobs.c - every blob is what its name says.
 */
#include "storage/check/check_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/strvec.h"
#include "storage/image/blob.h"
#include "storage/reference.h"

#define BUFFER_SIZE ((size_t)256 << 10)

struct verify {
	struct check_walk *walk;
	char *buffer;
	int64_t total;
};

/* NULL: good, or gone meanwhile. */
static const char *verify_blob(struct verify *verify, const char *hex)
{
	struct check *check = verify->walk->check;
	auto_close int fd = blob_open(verify->walk->layout, hex, NULL, NULL);
	struct digest hash;
	char actual[DIGEST_HEX_SIZE];
	struct stat status;

	if (fd < 0)
		return errno == ENOENT ? NULL : "it cannot be opened";
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return "it is not a regular file";
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	digest_init(&hash);
	for (;;) {
		ssize_t n = read(fd, verify->buffer, BUFFER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return arena_format(verify->walk->arena, "it cannot be read: %s",
					    error_strerror(errno));
		if (n == 0)
			break;
		digest_add(&hash, verify->buffer, (size_t)n);
		check->bytes += n;
		if (check->progress)
			check->progress(check->bytes, verify->total, check->data);
	}
	digest_finish(&hash, actual);
	if (strcmp(actual, hex) == 0)
		return NULL;
	return status.st_size ? "its content has another digest" : "it is empty";
}

static int find_foreign(struct check_walk *walk, struct error *err)
{
	auto_strvec struct strvec names = {0};

	if (check_list(walk, walk->layout->images_fd, "blobs/sha256", &names, err) < 0)
		return -1;
	strvec_each (name, &names)
		if (!reference_is_hex(*name, 64) || (*name)[64])
			check_find(walk, CHECK_DAMAGE, "blob", *name, "not the name of a blob")
				->action = "it is not coracle's: remove it from images/blobs";
	return 0;
}

int check_blobs(struct check_walk *walk, struct error *err)
{
	struct gc_garbage all;
	struct verify verify = {.walk = walk};
	auto_free char *buffer = alloc_bytes(BUFFER_SIZE);

	if (find_foreign(walk, err) < 0 || gc_find(walk->layout, NULL, &all, walk->arena, err) < 0)
		return -1;
	verify.buffer = buffer;
	verify.total = all.blobs.bytes;
	for (size_t i = 0; i < all.blobs.count; i++) {
		const char *hex = all.blobs.items[i].hex;
		const char *problem = verify_blob(&verify, hex);

		walk->check->blobs++;
		if (!problem)
			continue;
		map_set(&walk->bad_blobs, hex,
			check_find(walk, CHECK_DAMAGE, "blob", check_digest(walk, hex), problem));
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/input.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Until its end; one byte above @limit tells that there is more. */
static int read_all(int fd, size_t limit, struct strbuf *text)
{
	ssize_t n;

	do {
		char *end = strbuf_reserve(text, 65536);

		n = read(fd, end, 65536);
		if (n > 0) {
			end[n] = '\0';
			text->length += (size_t)n;
		}
	} while ((n > 0 && text->length <= limit) || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : 0;
}

/* /dev/fd/63, or /proc/self/fd/63: a descriptor that the shell passed on. */
static bool is_descriptor(const char *path)
{
	return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/self/fd/", 14) == 0;
}

int input_read(const char *path, size_t limit, struct strbuf *text, struct error *err)
{
	auto_close int fd = -1;
	struct stat status;

	if (!is_descriptor(path) || stat(path, &status) < 0 || !S_ISFIFO(status.st_mode))
		return file_read(AT_FDCWD, path, limit, text, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read_all(fd, limit, text) < 0)
		return error_errno(err, "cannot read '%s'", path);
	if (text->length > limit)
		return error_set(err, ERROR_INVALID, "cannot read '%s': larger than %zu bytes",
				 path, limit);
	return 0;
}

int input_read_standard(size_t limit, struct strbuf *text, struct error *err)
{
	static struct strbuf all;
	static bool is_read;

	if (!is_read && read_all(STDIN_FILENO, limit, &all) < 0)
		return error_errno(err, "cannot read standard input");
	is_read = true;
	strbuf_add_n(text, strbuf_text(&all), all.length);
	return 0;
}

bool input_is_null(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == makedev(1, 3);
}

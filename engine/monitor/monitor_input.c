/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/monitor/monitor_input.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "engine/monitor/monitor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which pipe it is. Numbers of pipes do not come back while there is one of them. */
static bool identify(char text[50], int fd)
{
	struct stat about;

	if (fd < 0 || fstat(fd, &about) < 0 || !S_ISFIFO(about.st_mode))
		return false;
	snprintf(text, 50, "%llu %llu\n", (unsigned long long)about.st_dev,
		 (unsigned long long)about.st_ino);
	return true;
}

static bool is_the_same(int run_fd, const char *identity)
{
	auto_strbuf struct strbuf kept = {0};

	return file_read(run_fd, "stdin", 100, &kept, NULL) == 0 &&
	       strcmp(strbuf_text(&kept), identity) == 0;
}

int monitor_input_open(struct monitor *monitor, bool is_fresh, struct error *err)
{
	auto_close int reading_end = -1;
	char path[40], identity[50];

	snprintf(path, sizeof(path), "/proc/%d/fd/0", (int)monitor->container.state.pid);
	reading_end = open(path, O_PATH | O_CLOEXEC); /* looks, and does nothing else */
	if (!identify(identity, reading_end) ||
	    (!is_fresh && !is_the_same(monitor->dirs.run_fd, identity)))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reading_end);
	monitor->stdin_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (monitor->stdin_fd < 0)
		return error_errno(err, "cannot open the container's input");
	return is_fresh ? file_replace_volatile(monitor->dirs.run_fd, "stdin", identity,
						strlen(identity), 0600, err)
			: 0;
}

void monitor_input_forget(struct monitor *monitor)
{
	unlinkat(monitor->dirs.run_fd, "stdin", 0);
}

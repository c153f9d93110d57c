/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <unistd.h>

static int read_command_line(bool hides)
{
	auto_strbuf struct strbuf text = {0};

	if (hides)
		process_hide_arguments();
	return file_read(AT_FDCWD, "/proc/self/cmdline", 4096, &text, NULL) < 0 ? 2
	       : text.length							? 1
										: 0;
}

TEST(arguments_can_be_hidden)
{
	for (int hides = 0; hides <= 1; hides++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(read_command_line(hides));
		CHECK_INT(process_reap(pid), !hides);
	}
}

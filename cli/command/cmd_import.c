/* SPDX-License-Identifier: Apache-2.0 */
/* `image import`: a tar of a file system becomes an image of one layer. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/archive_progress.h"
#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "engine/engine.h"
#include "storage/image/image_commit.h"

#include <string.h>

struct import_options {
	const char *message, *platform;
	struct strvec changes;
};

static const struct option_spec import_options[] = {
	OPTION(LIST, "change", 'c', import_options, changes,
	       "Apply an instruction as in a Dockerfile, such as 'CMD [\"x\"]'",
	       .value = "INSTRUCTION"),
	OPTION(STRING, "message", 'm', import_options, message,
	       "Leave a comment in the image's history", .value = "TEXT"),
	OPTION(STRING, "platform", 0, import_options, platform,
	       "Note which platform the files are for", .value = "OS[/ARCHITECTURE[/VARIANT]]",
	       .fallback = "this host"),
	{0},
};

static int import_run(struct invocation *invocation, struct error *err)
{
	const struct import_options *options = invocation->options;
	const char *source = invocation->arguments[0];
	struct image_import request = {
		.source = strcmp(source, "-") == 0 ? "standard input" : source,
		.name = invocation->arguments[1],
		.message = options->message,
		.platform = options->platform,
		.changes = options->changes.items,
	};
	auto_close int fd = -1;
	struct archive_progress progress;
	char id[80];
	int result;

	if (strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%s' is a URL: fetch it yourself and pipe it into 'image import "
				 "-'",
				 source);
	fd = files_open_input(source, err);
	if (fd < 0)
		return -1;
	request.fd = fd;
	archive_progress_begin(&progress, invocation, source, fd);
	request.progress = archive_progress_tick;
	request.data = &progress;
	result = image_import(&invocation->engine->layout, &request, id, err);
	archive_progress_end(&progress, result < 0);
	if (result < 0)
		return -1;
	output_line(id);
	return 0;
}

const struct command cmd_image_import =
	COMMAND("import", "FILE|- [REPOSITORY[:TAG]]", "Make an image of a tar archive of files",
		EXAMPLE("-c \"CMD /bin/sh\" root.tar base:1.0",
			"Make an image of root.tar that starts a shell"),
		.needs = FOR_OBJECTS, .least = 1, .most = 2,
		COMMAND_OPTIONS(import_options, import_options),
		.last_words = "interrupted: no image was made; 'coracle image import' begins again",
		.run = import_run);

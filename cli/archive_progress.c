/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive_progress.h"

#include "base/arena.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/screen/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is smaller, or sooner over where the size is not known, is over before somebody wonders. */
#define LARGE	((int64_t)8 << 20)
#define LONG_NS SECOND

void archive_progress_begin(struct archive_progress *progress, struct invocation *invocation,
			    const char *name, int fd)
{
	struct stat status;
	bool is_file = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);

	*progress = (struct archive_progress){
		.invocation = invocation,
		.object = !name || strcmp(name, "-") == 0
				  ? "Archive from standard input"
				  : arena_format(invocation->arena, "Archive %s", name),
		.fd = fd,
		.size = is_file ? status.st_size : 0,
		.begun_ns = units_monotonic_ns(),
	};
}

static void tell(const struct archive_progress *progress, const struct apply_event *event)
{
	progress_event(event, progress->invocation->progress);
	progress_tick(progress->invocation->progress);
}

void archive_progress_tick(void *data)
{
	struct archive_progress *progress = data;
	off_t done = progress->size > 0 ? lseek(progress->fd, 0, SEEK_CUR) : 0;

	if (progress->size > 0 ? progress->size < LARGE
			       : units_monotonic_ns() - progress->begun_ns < LONG_NS)
		return;
	progress->is_shown = true;
	tell(progress, &(struct apply_event){.kind = APPLY_WORKING,
					     .object = progress->object,
					     .action = "Reading",
					     .done = done,
					     .total = progress->size});
}

static void end_reading(struct archive_progress *progress, enum apply_event_kind kind)
{
	if (progress->is_shown)
		tell(progress,
		     &(struct apply_event){.kind = kind,
					   .object = progress->object,
					   .action = kind == APPLY_DONE ? "Read" : "Error",
					   .done = progress->size,
					   .total = progress->size});
	progress->is_shown = false;
}

void archive_progress_layer(const char *layer, int64_t done, int64_t total, void *data)
{
	struct archive_progress *progress = data;
	char object[13];

	if (!layer) {
		archive_progress_tick(data);
		return;
	}
	end_reading(progress, APPLY_DONE);
	if (done < LARGE)
		return;
	snprintf(object, sizeof(object), "%.12s", layer);
	tell(progress, &(struct apply_event){.kind = total > 0 ? APPLY_DONE : APPLY_WORKING,
					     .object = object,
					     .action = total > 0 ? "Loaded" : "Loading",
					     .done = done,
					     .total = total});
}

void archive_progress_end_reading(struct archive_progress *progress, bool has_failed)
{
	end_reading(progress, has_failed ? APPLY_FAILED : APPLY_DONE);
}

void archive_progress_end(struct archive_progress *progress, bool has_failed)
{
	archive_progress_end_reading(progress, has_failed);
	progress_finish(progress->invocation->progress);
}

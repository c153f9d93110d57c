/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_run.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"
#include "cli/screen/terminal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CODE_INTERRUPTED 130

struct shown {
	struct progress *progress;
	const struct build_job *jobs;
};

static void show(const struct build_job *job, const struct build_event *event, void *data)
{
	const struct shown *shown = data;
	const struct apply_build_event told = {
		.job = job ? (size_t)(job - shown->jobs) : 0,
		.label = job ? job->label : NULL,
		.event = event,
	};

	progress_build_event(&told, shown->progress);
}

int build_run_jobs(struct invocation *invocation, struct build_job *jobs, size_t count,
		   struct error *err)
{
	struct shown shown = {invocation->progress, jobs};
	struct build_set set = {
		.engine = invocation->engine,
		.jobs = jobs,
		.count = count,
		.limit = invocation->limit,
		.cancel_fd = terminal_catch(err),
		.event = show,
		.data = &shown,
	};
	int result = set.cancel_fd < 0 ? -1 : build_set_run(&set, err);

	invocation_end_progress(invocation);
	return result;
}

/* Lines of a message, each made safe. */
static void add_lines(struct strbuf *out, const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text != 0) {
		filter_text(out, text, strcspn(text, "\n"));
		strbuf_add_char(out, '\n');
	}
}

int build_run_failed(struct invocation *invocation, const struct error *err)
{
	auto_strbuf struct strbuf out = {0};
	size_t first = strcspn(err->text, "\n");

	if (invocation->globals->progress_mode == PROGRESS_JSON) {
		invocation_error(invocation, err);
	} else {
		output_finish(NULL);
		if (err->text[first])
			add_lines(&out, err->text + first + 1);
		strbuf_add(&out, "ERROR: failed to build: ");
		filter_text(&out, err->text, first);
		strbuf_add_char(&out, '\n');
		file_write_all(STDERR_FILENO, strbuf_text(&out), out.length, NULL);
	}
	return err->code == ECANCELED ? CODE_INTERRUPTED : 1;
}

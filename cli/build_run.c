/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/build_run.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/screen/filter.h"
#include "cli/screen/output.h"
#include "cli/wording.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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
		.cancel_fd = invocation->cancel_fd,
		.event = show,
		.data = &shown,
	};
	int result = build_set_run(&set, err);

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
	auto_strbuf struct strbuf out = {0}, text = {0};
	struct error said = *err;
	size_t first;

	invocation_add_way_on(invocation, &said);
	if (invocation->globals->progress_mode == PROGRESS_JSON) {
		invocation_error(invocation, &said);
	} else {
		output_finish(NULL);
		wording_hints(&text, invocation->front, said.text);
		first = strcspn(strbuf_text(&text), "\n");
		if (text.length > first)
			add_lines(&out, text.text + first + 1);
		strbuf_add(&out, "ERROR: failed to build: ");
		filter_text(&out, strbuf_text(&text), first);
		strbuf_add_char(&out, '\n');
		file_write_all(STDERR_FILENO, strbuf_text(&out), out.length, NULL);
	}
	return err->code == ECANCELED ? CODE_INTERRUPTED : 1;
}

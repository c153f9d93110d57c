/* SPDX-License-Identifier: Apache-2.0 */
/* `image build`: one image from a Dockerfile, outside of any project. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "cli/build_check.h"
#include "cli/build_options.h"
#include "cli/build_run.h"
#include "cli/command/cmd_image.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "storage/reference.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int check_options(const void *options, struct error *err)
{
	return build_options_check(options, err);
}

/* A job for each platform. */
static struct build_job *make_jobs(const struct build_plan *plan, size_t *count,
				   struct arena *arena)
{
	struct build_job *jobs;

	*count = 1;
	while (plan->platforms[0] && plan->platforms[*count])
		(*count)++;
	jobs = arena_array(arena, *count, sizeof(*jobs));
	for (size_t i = 0; i < *count; i++) {
		jobs[i].request = plan->request;
		jobs[i].request.platform = plan->platforms[0] ? plan->platforms[i] : NULL;
		jobs[i].request.is_beside = *count > 1;
		jobs[i].label = *count > 1 ? plan->platforms[i] : NULL;
	}
	return jobs;
}

static int write_file(const char *path, const struct strbuf *text, struct error *err)
{
	if (file_replace_volatile(AT_FDCWD, path, strbuf_text(text), text->length, 0644, err) < 0)
		return error_wrap(err, "cannot write '%s'", path);
	return 0;
}

/* The names of the result as they are in the store, by commas. */
static void add_names(json *metadata, char *const *names)
{
	auto_strbuf struct strbuf text = {0};

	for (; *names; names++) {
		auto_free char *full = reference_normalize(*names, NULL);

		strbuf_printf(&text, "%s%s", text.length ? "," : "", full ? full : *names);
	}
	if (text.length)
		json_set_string(metadata, "image.name", text.text);
}

static int write_metadata(const char *path, const struct build_job *job, struct error *err)
{
	auto_json json *metadata = json_new_object();
	auto_strbuf struct strbuf text = {0};

	if (job->id[0]) {
		json_set_string(metadata, "containerimage.config.digest", job->id);
		json_set_string(metadata, "containerimage.digest", job->digest);
	}
	add_names(metadata, job->request.names);
	json_print(&text, metadata, true);
	strbuf_add_char(&text, '\n');
	return write_file(path, &text, err);
}

static int write_results(const struct build_options *options, const struct build_job *job,
			 struct error *err)
{
	auto_strbuf struct strbuf id = {0};

	strbuf_add(&id, job->id);
	if (options->iidfile && id.length > 0 && write_file(options->iidfile, &id, err) < 0)
		return -1;
	if (options->metadata_file && write_metadata(options->metadata_file, job, err) < 0)
		return -1;
	if (options->quiet && id.length > 0)
		output_line(job->id);
	return 0;
}

static int push(struct invocation *invocation, const struct build_plan *plan, struct error *err)
{
	const struct build_options *options = invocation->options;

	for (char **name = plan->request.names; plan->pushes && *name; name++)
		if (cmd_image_push_one(invocation, *name, options->quiet, err) < 0)
			return -1;
	return 0;
}

static int build(struct invocation *invocation, const struct build_plan *plan, struct error *err)
{
	struct build_job *jobs;
	size_t count;

	jobs = make_jobs(plan, &count, invocation->arena);
	if (build_run_jobs(invocation, jobs, count, err) < 0)
		return build_run_failed(invocation, err);
	if (write_results(invocation->options, &jobs[0], err) < 0 ||
	    push(invocation, plan, err) < 0)
		return -1;
	return 0;
}

static int check_context(const struct build_request *request, struct error *err)
{
	bool reads = strcmp(request->context, "-") == 0;
	bool reads_dockerfile = request->dockerfile && strcmp(request->dockerfile, "-") == 0;

	if (reads && reads_dockerfile)
		return error_set(err, ERROR_INVALID,
				 "standard input cannot be both the context and the Dockerfile");
	if ((reads || reads_dockerfile) && isatty(STDIN_FILENO))
		return error_set(err, ERROR_INVALID,
				 "standard input is a terminal: pipe a %s into it",
				 reads ? "context or a Dockerfile" : "Dockerfile");
	return 0;
}

static int build_run_command(struct invocation *invocation, struct error *err)
{
	const struct build_options *options = invocation->options;
	struct build_plan plan;

	if (invocation_set_progress(invocation, options->quiet ? "quiet" : options->progress,
				    STDERR_FILENO, err) < 0 ||
	    build_options_fill(&plan, options, invocation->arena, err) < 0)
		return -1;
	plan.request.context = invocation->arguments[0];
	if (check_context(&plan.request, err) < 0)
		return -1;
	if (build_options_only_checks(options))
		return build_check_print(invocation, &plan.request, err);
	return build(invocation, &plan, err);
}

const struct command cmd_image_build = COMMAND(
	"build", "CONTEXT", "Build an image from a Dockerfile",
	EXAMPLE("-t shop/web:1.0 .", "Build the Dockerfile of this directory and name the image"),
	.needs = FOR_OBJECTS, .least = 1, .most = 1, COMMAND_OPTIONS(build_options, build_options),
	.check = check_options,
	.goes_on = "'coracle image build' goes on: the steps that are done are kept",
	.run = build_run_command);

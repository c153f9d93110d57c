/* SPDX-License-Identifier: Apache-2.0 */
#include "api/endpoint/build_lines.h"

#include "api/job.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/build.h"
#include "storage/reference.h"

#include <stdlib.h>
#include <string.h>

static int say(const struct build_lines *lines, const char *text, struct error *err)
{
	return job_say(lines->out, "stream", text, err);
}

static void say_line(const struct build_lines *lines, size_t at)
{
	auto_free char *text = NULL;

	if (lines->is_told[at])
		return;
	lines->is_told[at] = true;
	text = alloc_format("Step %zu/%zu : %s", at + 1, lines->count, lines->lines[at].text);
	say(lines, text, NULL);
	say(lines, "\n", NULL);
}

/* Lines that make no layer are told of with the next one that does. What is no line of the
 * Dockerfile ("[internal] load build context") is no step. */
static bool say_step(const struct build_lines *lines, int step)
{
	size_t at = 0;

	while (at < lines->count && lines->lines[at].step != step)
		at++;
	if (at == lines->count)
		return false;
	for (size_t i = 0; i < at; i++)
		if (lines->lines[i].step == 0)
			say_line(lines, i);
	say_line(lines, at);
	return true;
}

void build_lines_planned(const struct build_outline *outline, void *data)
{
	struct build_lines *lines = data;

	lines->lines = outline->lines;
	lines->count = outline->count;
	lines->is_told = alloc_zeroed(outline->count + 1, sizeof(*lines->is_told));
}

void build_lines_release(struct build_lines *lines)
{
	free(lines->is_told);
}

/* What a step says of errors is red, as clients know it. */
static void say_output(const struct build_lines *lines, const struct build_event *event)
{
	bool is_error = event->stream == 2;
	auto_free char *text =
		alloc_format("%s%.*s%s", is_error ? "\x1b[91m" : "", (int)event->length,
			     event->bytes, is_error ? "\x1b[0m" : "");

	say(lines, text, NULL);
}

void build_lines_event(const struct build_event *event, void *data)
{
	const struct build_lines *lines = data;
	auto_free char *text = NULL;

	if (lines->is_quiet)
		return;
	if (event->kind == BUILD_STEP_BEGUN) {
		say_step(lines, event->step);
	} else if (event->kind == BUILD_STEP_CACHED) {
		if (say_step(lines, event->step))
			say(lines, " ---> Using cache\n", NULL);
	} else if (event->kind == BUILD_STEP_OUTPUT) {
		say_output(lines, event);
	} else if (event->kind == BUILD_WARNING) {
		text = alloc_format("[Warning] %s\n", event->text);
		say(lines, text, NULL);
	}
}

int build_lines_failed(const struct build_lines *lines, const struct error *reason,
		       struct error *err)
{
	auto_json json *line = NULL;
	auto_free char *text = NULL;
	const char *code = reason->about[0], *command = reason->about[1];
	json *detail;

	if (reason->fact != FACT_STEP_EXITED)
		return error_pass(err, reason);
	text = alloc_format("The command '%s' returned a non-zero code: %s", command, code);
	line = json_new_object();
	detail = json_new_object();
	json_set_int(detail, "code", strtol(code, NULL, 10));
	json_set_string(detail, "message", text);
	json_set(line, "errorDetail", detail);
	json_set_string(line, "error", text);
	return job_line(lines->out, line, err);
}

static int say_id(const struct build_lines *lines, const char *id, struct error *err)
{
	auto_json json *line = json_new_object();
	auto_free char *text = alloc_format("Successfully built %.12s\n", id + strlen("sha256:"));
	json *aux = json_new_object();

	json_set_string(aux, "ID", id);
	json_set(line, "aux", aux);
	return job_line(lines->out, line, err) < 0 || say(lines, text, err) < 0 ? -1 : 0;
}

int build_lines_end(const struct build_lines *lines, const struct build_result *result,
		    struct error *err)
{
	if (lines->is_quiet) {
		auto_free char *text = alloc_format("%s\n", result->id);

		return say(lines, text, err);
	}
	for (size_t i = 0; i < lines->count; i++)
		say_line(lines, i);
	if (say_id(lines, result->id, err) < 0)
		return -1;
	for (char **name = result->names; name && *name; name++) {
		auto_free char *familiar = reference_familiar(*name);
		auto_free char *text = alloc_format("Successfully tagged %s\n", familiar);

		if (say(lines, text, err) < 0)
			return -1;
	}
	return 0;
}

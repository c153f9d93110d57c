/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images from and to archives, and from tars of files.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/job.h"
#include "api/request.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/image/image_commit.h"
#include "storage/reference.h"

#include <stdio.h>
#include <string.h>

static void progress(const char *layer, int64_t done, int64_t total, void *data)
{
	const int *out = data;
	auto_json json *line = NULL;
	json *detail;
	char id[13];

	if (!layer)
		return;
	line = json_new_object();
	detail = json_new_object();
	snprintf(id, sizeof(id), "%.12s", strncmp(layer, "sha256:", 7) == 0 ? layer + 7 : layer);
	json_set_int(detail, "current", done);
	json_set_int(detail, "total", total ? total : done);
	json_set_string(line, "status", "Loading layer");
	json_set(line, "progressDetail", detail);
	json_set_string(line, "id", id);
	job_line(*out, line, NULL);
}

/* The words that docker-py and others look for. */
static int say_loaded(struct request *request, const char *name, int out, struct error *err)
{
	bool is_id = strncmp(name, "sha256:", 7) == 0;
	auto_free char *familiar = is_id ? NULL : reference_familiar(name);

	return job_say(out, "stream",
		       arena_format(&request->arena,
				    is_id ? "Loaded image ID: %s\n" : "Loaded image: %s\n",
				    familiar ? familiar : name),
		       err);
}

static int load_work(struct request *request, int in, int out, void *data, struct error *err)
{
	bool is_quiet = request_flag(request, "quiet");
	struct image_load load = {
		.fd = in,
		.progress = is_quiet ? NULL : progress,
		.data = &out,
	};
	char **loaded = NULL;

	(void)data;
	if (image_load(&request->engine->layout, &load, &loaded, &request->arena, err) < 0)
		return -1;
	for (; loaded && *loaded; loaded++)
		if (say_loaded(request, *loaded, out, err) < 0)
			return -1;
	return 0;
}

int endpoint_image_load(struct request *request, struct error *err)
{
	const struct job job = {
		.work = load_work, .takes_body = true, .tells_errors = true, .type = ANSWER_JSON};
	int result = job_run(request, &job, err);

	if (result == 0)
		answer_empty(request, 200);
	return result < 0 ? -1 : 0;
}

static int save_work(struct request *request, int in, int out, void *data, struct error *err)
{
	char *const *names = data;

	(void)in;
	return image_save(&request->engine->layout, names, out, err);
}

static int save(struct request *request, char *const *names, struct error *err)
{
	const struct job job = {
		.work = save_work, .data = (void *)names, .type = "application/x-tar"};

	return job_run(request, &job, err) < 0 ? -1 : 0;
}

int endpoint_image_get(struct request *request, struct error *err)
{
	return save(request, (char *[]){(char *)request->name, NULL}, err);
}

int endpoint_image_get_all(struct request *request, struct error *err)
{
	auto_strvec struct strvec names = {0};

	request_query_all(request, "names", &names);
	if (names.count == 0)
		return error_set(err, ERROR_INVALID, "names is missing: which images?");
	return save(request, names.items, err);
}

static int import_work(struct request *request, int in, int out, void *data, struct error *err)
{
	auto_strvec struct strvec changes = {0};
	const char *repository = request_query(request, "repo", NULL);
	const char *tag = request_query(request, "tag", NULL);
	struct image_import import = {
		.fd = in,
		.source = "the body of the request",
		.name = repository && tag ? arena_format(&request->arena, "%s:%s", repository, tag)
					  : repository,
		.message = request_query(request, "message", NULL),
		.platform = request_query(request, "platform", NULL),
	};
	char id[80];

	(void)data;
	request_query_all(request, "changes", &changes);
	import.changes = changes.items;
	if (image_import(&request->engine->layout, &import, id, err) < 0)
		return -1;
	return job_say(out, "status", id, err);
}

int endpoint_image_import(struct request *request, struct error *err)
{
	const char *source = request_query(request, "fromSrc", "-");
	const struct job job = {.work = import_work, .takes_body = true, .type = ANSWER_JSON};

	if (strcmp(source, "-") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%s' is not fetched: get it yourself and send it, with "
				 "fromSrc=-",
				 source);
	return job_run(request, &job, err) < 0 ? -1 : 0;
}

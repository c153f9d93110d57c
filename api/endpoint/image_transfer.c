/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images from and to registries.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/job.h"
#include "api/registry_login.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>

#define TELL_EVERY_NS 100000000 /* of a layer that moves */

/* How one layer was last told of. */
struct shown {
	int64_t time_ns;
	bool is_complete; /* downloaded */
};

struct transfer {
	struct request *request;
	char *full; /* the reference */
	bool is_push;
	const char *platform;
	int out;
	bool has_begun;
	struct map layers; /* blob -> struct shown */
};

/* "library/busybox" of docker.io/library/busybox:1. */
static const char *path_of(struct transfer *transfer)
{
	const char *path = strchr(transfer->full, '/') + 1;
	size_t host = (size_t)(path - transfer->full);

	return arena_string_n(&transfer->request->arena, path,
			      reference_repository_length(transfer->full) - host);
}

static const char *tag_of(const struct transfer *transfer)
{
	return transfer->full + reference_repository_length(transfer->full) + 1;
}

/* Before the first line of a layer, or the last ones. */
static void begin(struct transfer *transfer)
{
	auto_json json *line = json_new_object();
	const char *path;

	if (transfer->has_begun)
		return;
	transfer->has_begun = true;
	path = path_of(transfer);
	if (transfer->is_push) {
		auto_free char *repository =
			alloc_string_n(transfer->full, reference_repository_length(transfer->full));
		json_set_string(line, "status",
				arena_format(&transfer->request->arena,
					     "The push refers to repository [%s]", repository));
	} else {
		json_set_string(line, "status",
				arena_format(&transfer->request->arena, "Pulling from %s", path));
		json_set_string(line, "id", tag_of(transfer));
	}
	job_line(transfer->out, line, NULL);
}

static void tell(struct transfer *transfer, const struct image_step *step, const char *status,
		 bool has_size)
{
	auto_json json *line = json_new_object();
	json *detail = json_new_object();
	char id[13];

	snprintf(id, sizeof(id), "%.12s", step->blob);
	if (has_size) {
		json_set_int(detail, "current", step->done);
		json_set_int(detail, "total", step->total);
	}
	json_set_string(line, "status", status);
	json_set(line, "progressDetail", detail);
	json_set_string(line, "id", id);
	job_line(transfer->out, line, NULL);
}

static struct shown *shown_of(struct transfer *transfer, const char *blob)
{
	void **slot = map_slot(&transfer->layers, blob);

	if (!*slot)
		*slot = arena_alloc(&transfer->request->arena, sizeof(struct shown));
	return *slot;
}

/* Docker's words, of a pull and of a push; NULL: nothing is said. */
static const char *const words[][2] = {
	[IMAGE_STEP_EXISTS] = {"Already exists", "Layer already exists"},
	[IMAGE_STEP_PENDING] = {"Pulling fs layer", "Preparing"},
	[IMAGE_STEP_WAITING] = {"Waiting", "Waiting"},
	[IMAGE_STEP_MOVING] = {"Downloading", "Pushing"},
	[IMAGE_STEP_RETRYING] = {"Retrying in 1 second", "Retrying in 1 second"},
	[IMAGE_STEP_UNPACKING] = {"Extracting", NULL},
	[IMAGE_STEP_UNPACKED] = {NULL, NULL},
	[IMAGE_STEP_MOUNTED] = {NULL, "Mounted"},
	[IMAGE_STEP_DONE] = {"Pull complete", "Pushed"},
};

static void progress(const struct image_step *step, void *data)
{
	struct transfer *transfer = data;
	const char *status = words[step->kind][transfer->is_push];
	bool is_moving = step->kind == IMAGE_STEP_MOVING;
	bool has_come = step->kind == IMAGE_STEP_UNPACKING || step->kind == IMAGE_STEP_UNPACKED ||
			step->kind == IMAGE_STEP_DONE;
	struct shown *shown = shown_of(transfer, step->blob);
	int64_t now_ns = units_monotonic_ns();

	begin(transfer);
	if (step->is_config)
		return;
	if (!transfer->is_push && has_come && !shown->is_complete) {
		shown->is_complete = true;
		tell(transfer, step, "Download complete", false);
	}
	if (!status || (is_moving && now_ns - shown->time_ns < TELL_EVERY_NS))
		return;
	if (is_moving)
		shown->time_ns = now_ns;
	tell(transfer, step, status, is_moving);
}

static void lend_login(struct transfer *transfer)
{
	auto_free char *host = alloc_string_n(transfer->full, strcspn(transfer->full, "/"));

	registry_login_lend(transfer->request, host);
}

/* --- pull ------------------------------------------------------------------------------------- */

/* Docker's words for what its clients look at. */
static int explain(const struct transfer *transfer, struct error *err)
{
	auto_free char *familiar = reference_familiar(transfer->full);
	struct error reason = *err;

	if (reason.code == ERROR_NOT_FOUND && !strstr(reason.text, "no match for platform"))
		return error_set(err, ERROR_NOT_FOUND,
				 "manifest for %s not found: manifest unknown: manifest unknown: "
				 "%s",
				 familiar, reason.text);
	if (reason.code == ERROR_DENIED)
		return error_set(err, ERROR_NOT_FOUND,
				 "pull access denied for %s, repository does not exist or may "
				 "require 'docker login': denied: %s",
				 familiar, reason.text);
	return -1;
}

static int say_pulled(struct transfer *transfer, const struct image_pulled *pulled,
		      struct error *err)
{
	auto_free char *familiar = reference_familiar(pulled->name);
	struct arena *arena = &transfer->request->arena;

	begin(transfer);
	if (job_say(transfer->out, "status", arena_format(arena, "Digest: %s", pulled->digest),
		    err) < 0)
		return -1;
	return job_say(
		transfer->out, "status",
		arena_format(arena, "Status: %s for %s",
			     pulled->is_new ? "Downloaded newer image" : "Image is up to date",
			     familiar),
		err);
}

static int pull_one(struct transfer *transfer, const char *transport, struct error *err)
{
	struct arena *arena = &transfer->request->arena;
	const struct image_pull pull = {
		.transport = transport,
		.reference = transfer->full,
		.platform = transfer->platform,
		.progress = progress,
		.data = transfer,
	};
	struct image_pulled pulled;
	int result;

	transfer->has_begun = false;
	result = image_pull(&transfer->request->engine->layout, &pull, &pulled, arena, err);
	if (result == 0)
		result = say_pulled(transfer, &pulled, err);
	else
		explain(transfer, err);
	map_release(&transfer->layers);
	transfer->layers = (struct map){0};
	return result;
}

/* What was asked for has neither tag nor digest: all tags of it. */
static int pull_all(struct transfer *transfer, const char *transport, struct error *err)
{
	char *repository = arena_string_n(&transfer->request->arena, transfer->full,
					  reference_repository_length(transfer->full));
	auto_strvec struct strvec tags = {0};

	if (image_list_tags(transport, repository, &tags, err) < 0)
		return explain(transfer, err);
	strvec_sort(&tags);
	strvec_each (tag, &tags) {
		transfer->full = arena_format(&transfer->request->arena, "%s:%s", repository, *tag);
		if (pull_one(transfer, transport, err) < 0)
			return -1;
	}
	return 0;
}

struct wanted {
	char *full;
	bool is_all;
};

static int pull_work(struct request *request, int in, int out, void *data, struct error *err)
{
	const struct wanted *wanted = data;
	auto_free char *transport = engine_helper_path("transport", err);
	struct transfer transfer = {
		.request = request,
		.full = wanted->full,
		.platform = request_query(request, "platform", NULL),
		.out = out,
	};

	(void)in;
	if (!transport)
		return -1;
	lend_login(&transfer);
	return wanted->is_all ? pull_all(&transfer, transport, err)
			      : pull_one(&transfer, transport, err);
}

static bool has_tag(const char *reference)
{
	const char *slash = strrchr(reference, '/');

	return strpbrk(slash ? slash : reference, ":@") != NULL;
}

/* The parameter "tag", which may be a digest, counts before what stands in the name. */
static int read_reference(struct request *request, const char *name, const char *tag,
			  struct wanted *wanted, struct error *err)
{
	auto_free char *full = reference_normalize(name, err);
	auto_free char *tagged = NULL;

	if (!full)
		return -1;
	wanted->is_all = !tag && !has_tag(name);
	if (tag) {
		full[reference_repository_length(full)] = '\0';
		tagged = reference_normalize(arena_format(&request->arena, "%s%c%s", full,
							  strchr(tag, ':') ? '@' : ':', tag),
					     err);
		if (!tagged)
			return -1;
	}
	wanted->full = arena_string(&request->arena, tagged ? tagged : full);
	return 0;
}

int endpoint_image_create(struct request *request, struct error *err)
{
	const char *source = request_query(request, "fromSrc", NULL);
	const char *name = request_query(request, "fromImage", NULL);
	struct wanted wanted;
	const struct job job = {.work = pull_work, .data = &wanted, .type = ANSWER_JSON};

	if (source)
		return endpoint_image_import(request, err);
	if (!name)
		return error_set(err, ERROR_INVALID,
				 "invalid reference format: fromImage is missing");
	if (read_reference(request, name, request_query(request, "tag", NULL), &wanted, err) < 0)
		return -1;
	return job_run(request, &job, err) < 0 ? -1 : 0;
}

/* --- push ------------------------------------------------------------------------------------- */

static int say_pushed(struct transfer *transfer, const struct image_pushed *pushed,
		      struct error *err)
{
	auto_json json *line = json_new_object();
	json *aux = json_new_object();

	begin(transfer);
	if (job_say(transfer->out, "status",
		    arena_format(&transfer->request->arena, "%s: digest: %s size: %jd",
				 tag_of(transfer), pushed->digest, (intmax_t)pushed->size),
		    err) < 0)
		return -1;
	json_set_string(aux, "Tag", tag_of(transfer));
	json_set_string(aux, "Digest", pushed->digest);
	json_set_int(aux, "Size", pushed->size);
	json_set(line, "progressDetail", json_new_object());
	json_set(line, "aux", aux);
	return job_line(transfer->out, line, err);
}

static int push_one(struct transfer *transfer, const char *transport, struct error *err)
{
	const struct image_push push = {
		.transport = transport,
		.reference = transfer->full,
		.progress = progress,
		.data = transfer,
	};
	struct image_pushed pushed;
	int result = image_push(&transfer->request->engine->layout, &push, &pushed,
				&transfer->request->arena, err);

	if (result == 0)
		result = say_pushed(transfer, &pushed, err);
	map_release(&transfer->layers);
	transfer->layers = (struct map){0};
	return result;
}

/* All names of the repository that are here. */
static int push_all(struct transfer *transfer, const char *transport, struct error *err)
{
	const char *wanted = transfer->full;
	size_t length = reference_repository_length(wanted), count;
	struct image *images;
	bool is_one = false;

	if (image_list(&transfer->request->engine->layout, &images, &count,
		       &transfer->request->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (char **name = images[i].names; name && *name; name++) {
			if (strncmp(*name, wanted, length) != 0 || (*name)[length] != ':')
				continue;
			is_one = true;
			transfer->full = *name;
			if (push_one(transfer, transport, err) < 0)
				return -1;
		}
	return is_one ? 0
		      : error_set(err, ERROR_NOT_FOUND,
				  "An image does not exist locally with the tag: %.*s", (int)length,
				  wanted);
}

static int push_work(struct request *request, int in, int out, void *data, struct error *err)
{
	const struct wanted *wanted = data;
	auto_free char *transport = engine_helper_path("transport", err);
	struct transfer transfer = {
		.request = request, .full = wanted->full, .is_push = true, .out = out};

	(void)in;
	if (!transport)
		return -1;
	lend_login(&transfer);
	return wanted->is_all ? push_all(&transfer, transport, err)
			      : push_one(&transfer, transport, err);
}

int endpoint_image_push(struct request *request, struct error *err)
{
	struct wanted wanted;
	const struct job job = {.work = push_work, .data = &wanted, .type = ANSWER_JSON};

	if (read_reference(request, request->name, request_query(request, "tag", NULL), &wanted,
			   err) < 0)
		return -1;
	return job_run(request, &job, err) < 0 ? -1 : 0;
}

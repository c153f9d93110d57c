/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/output.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "builder/build_private.h"
#include "builder/cache_exchange.h"
#include "builder/output_files.h"
#include "builder/restamp.h"
#include "builder/tell.h"
#include "builder/worker.h"
#include "storage/image/image_assemble.h"
#include "storage/reference.h"

struct output {
	struct build *build;
	const struct build_output *request;
	struct layer_stack layers;
	int fd;	    /* in the worker */
	int number; /* of the step that says it */
	const char *name;
};

/* --- the image -------------------------------------------------------------------------------- */

static struct image_assembly assemble(const struct output *output)
{
	const struct build *build = output->build;

	return (struct image_assembly){
		.document = build->plan.target->document,
		.chain_ids = output->layers.chain_ids,
		.diff_ids = output->layers.diff_ids,
		.layer_count = output->layers.count,
		.names = build->result->names,
		.is_beside = build->request->is_beside,
	};
}

static void say_named(const char *name, void *data)
{
	const struct output *output = data;
	const char *text = arena_format(output->build->arena, "naming to %s", name);

	worker_say(output->fd, WORKER_NOTE, text, strlen(text));
}

static int write_image(struct output *output, json *said, struct error *err)
{
	struct build *build = output->build;
	struct image_assembly assembly = assemble(output);
	char id[80], digest[80];

	assembly.named = say_named;
	assembly.data = output;
	if (cache_exchange_mark(build, &output->layers, err) < 0 ||
	    image_assemble(&build->engine->layout, &assembly, id, digest, build->arena, err) < 0)
		return -1;
	json_set_string(said, "id", id);
	json_set_string(said, "digest", digest);
	return 0;
}

static int open_file(const struct build_output *request, struct error *err)
{
	int fd;

	if (strcmp(request->destination, "-") == 0)
		return request->fd;
	fd = open(request->destination, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return fd < 0 ? error_errno(err, "cannot write '%s'", request->destination) : fd;
}

static int close_file(const struct build_output *request, int fd, struct error *err)
{
	if (fd != request->fd && close(fd) < 0)
		return error_errno(err, "cannot write '%s'", request->destination);
	return 0;
}

static int write_archive(struct output *output, json *said, struct error *err)
{
	const struct build *build = output->build;
	struct image_assembly assembly = assemble(output);
	int fd = open_file(output->request, err), result;

	(void)said;
	if (fd < 0)
		return -1;
	result = image_assemble_archive(&build->engine->layout, &assembly, fd, err);
	return close_file(output->request, fd, err) < 0 ? -1 : result;
}

/* --- its files -------------------------------------------------------------------------------- */

static int write_tar(struct output *output, json *said, struct error *err)
{
	int fd = open_file(output->request, err), result;

	(void)said;
	if (fd < 0)
		return -1;
	result = output_files_tar(output->build, &output->layers, fd, err);
	return close_file(output->request, fd, err) < 0 ? -1 : result;
}

static int write_local(struct output *output, json *said, struct error *err)
{
	(void)said;
	return output_files_local(output->build, &output->layers, output->request->destination,
				  err);
}

static const struct {
	const char *name; /* of the step */
	int (*write)(struct output *output, json *said, struct error *err);
} kinds[] = {
	[BUILD_OUTPUT_IMAGE] = {"exporting to image", write_image},
	[BUILD_OUTPUT_LOCAL] = {"exporting to client directory", write_local},
	[BUILD_OUTPUT_TAR] = {"exporting to client tarball", write_tar},
	[BUILD_OUTPUT_OCI] = {"exporting to oci image format", write_archive},
	[BUILD_OUTPUT_DOCKER] = {"exporting to docker image format", write_archive},
	[BUILD_OUTPUT_CACHE_ONLY] = {NULL, NULL},
};

/* In a process of its own: it may take a while, and can be cancelled. */
static int work(int fd, void *data, struct error *err)
{
	struct output *output = data;
	auto_json json *said = json_new_object();
	auto_strbuf struct strbuf text = {0};

	output->fd = fd;
	if (restamp_layers(output->build, &output->layers, err) < 0 ||
	    kinds[output->request->type].write(output, said, err) < 0) {
		layout_explain_full(&output->build->engine->layout, err);
		return -1;
	}
	json_print(&text, said, false);
	worker_say(fd, WORKER_RESULT, text.text, text.length);
	return 0;
}

static void take_frame(const struct worker_frame *frame, void *data)
{
	struct output *output = data;
	struct build *build = output->build;
	auto_json json *said = NULL;

	if (frame->kind == WORKER_NOTE || frame->kind == WORKER_WARNING)
		tell_event(build, &(struct build_event){.kind = frame->kind == WORKER_NOTE
									? BUILD_STEP_NOTE
									: BUILD_WARNING,
							.step = output->number,
							.name = output->name,
							.text = frame->bytes});
	if (frame->kind != WORKER_RESULT)
		return;
	said = json_parse(frame->bytes, frame->length, "output", NULL);
	if (json_string(said, "id", NULL)) {
		build->result->id = arena_string(build->arena, json_string(said, "id", NULL));
		build->result->digest =
			arena_string(build->arena, json_string(said, "digest", NULL));
	}
}

static int write_one(struct build *build, const struct build_output *request, struct error *err)
{
	struct output output = {
		.build = build, .request = request, .layers = *plan_result(build->plan.target)};
	struct worker_call call = {
		.work = work,
		.data = &output,
		.handle = take_frame,
		.handle_data = &output,
		.cancel_fd = build->caller_fd,
	};
	int64_t begun_ns = units_monotonic_ns();

	output.name = kinds[request->type].name;
	if (!output.name)
		return 0;
	output.number = tell_begin(build, output.name);
	if (worker_run(&call, err) < 0) {
		tell_failure(build, output.number, output.name, err);
		return -1;
	}
	tell_end(build, output.number, output.name, begun_ns);
	return 0;
}

int output_write(struct build *build, struct error *err)
{
	static const struct build_output store = {.type = BUILD_OUTPUT_IMAGE};
	const struct build_request *request = build->request;

	for (size_t i = 0; i < request->output_count; i++)
		if (write_one(build, &request->outputs[i], err) < 0)
			return -1;
	return request->output_count == 0 ? write_one(build, &store, err) : 0;
}

/* --- beforehand ------------------------------------------------------------------------------- */

static int take_names(const struct build *build, struct error *err)
{
	char **names = build->request->names;
	auto_strvec struct strvec full = {0};

	for (; names && *names; names++) {
		char *name = reference_normalize(*names, err);

		if (!name)
			return -1;
		if (strchr(name, '@')) {
			error_set(err, ERROR_INVALID,
				  "'%s' has a digest: a name with a tag is wanted", *names);
			free(name);
			return -1;
		}
		strvec_add_owned(&full, name);
	}
	build->result->names = strvec_copy(&full, build->arena);
	return 0;
}

int output_check(struct build *build, struct error *err)
{
	for (size_t i = 0; i < build->request->output_count; i++) {
		const struct build_output *output = &build->request->outputs[i];

		if (output->type != BUILD_OUTPUT_IMAGE && output->type != BUILD_OUTPUT_CACHE_ONLY &&
		    (!output->destination || !*output->destination))
			return error_set(err, ERROR_INVALID, "an output needs a destination");
	}
	return take_names(build, err);
}

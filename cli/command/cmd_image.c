/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command/cmd_image.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/archive_progress.h"
#include "cli/bundled.h"
#include "cli/files.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct image_inspect_options {
	struct nouns_inspect_options inspect; /* first: as nouns_inspect wants it */
	const char *platform;
};

static const struct option_spec inspect_options[] = {
	OPTION(STRING, "format", 'f', nouns_inspect_options, format,
	       "Print JSON, or what a template says", .value = "FORMAT", .fallback = "json"),
	CMD_IMAGE_PLATFORM(image_inspect_options),
	{0},
};

static json *describe_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct image_inspect_options *options = invocation->options;
	struct image image;

	if (cmd_image_find(invocation, name, options->platform, &image, err) < 0)
		return NULL;
	return describe_image(invocation->engine, &image, err);
}

static const struct noun image_noun = {.describe = describe_one};

static const struct command cmd_image_inspect =
	COMMAND("inspect", "IMAGE...", "Show all that is known of images, as JSON",
		EXAMPLE("-f \"{{.Config.Cmd}}\" nginx",
			"Print the command that nginx starts, and nothing else"),
		.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
		COMMAND_OPTIONS(image_inspect_options, inspect_options), .run = nouns_inspect,
		.data = &image_noun);

struct image_rm_options {
	bool force, no_prune;
	const char *platform;
};

static const struct option_spec rm_options[] = {
	OPTION(BOOL, "force", 'f', image_rm_options, force,
	       "Remove it even with several names, or when a container uses it"),
	OPTION(BOOL, "no-prune", 0, image_rm_options, no_prune,
	       "Spare parents without a name (there are none)", .is_hidden = true),
	CMD_IMAGE_PLATFORM(image_rm_options),
	{0},
};

static int remove_one(struct invocation *invocation, const char *name, struct error *err)
{
	const struct image_rm_options *options = invocation->options;
	auto_strbuf struct strbuf report = {0};

	if (cmd_image_check(invocation, options->platform, err) < 0)
		return -1;
	if (image_remove(&invocation->engine->layout, name, options->force, NULL, &report, err) < 0)
		return -1;
	output_text(strbuf_text(&report), report.length);
	return 0;
}

const struct command cmd_image_rm =
	NOUNS_VERB("rm", FOR_OBJECTS, "IMAGE...", "Remove images",
		   EXAMPLE("shop/web:1.0", "Remove the name, and the image if it has no other"),
		   remove_one, COMMAND_OPTIONS(image_rm_options, rm_options));

struct load_options {
	bool quiet;
	const char *input, *name, *platform, *verify;
};

static const struct option_spec load_options[] = {
	OPTION(STRING, "input", 'i', load_options, input,
	       "Read this archive or OCI layout directory", .value = "FILE",
	       .fallback = "standard input"),
	OPTION(STRING, "name", 0, load_options, name, "Name a single image that has no name",
	       .value = "REFERENCE"),
	OPTION(STRING, "platform", 0, load_options, platform, "Take only images for this platform",
	       .value = "PLATFORM"),
	OPTION(BOOL, "quiet", 'q', load_options, quiet, "Say only what was loaded"),
	OPTION(STRING, "verify", 0, load_options, verify,
	       "Take only a bundle that this Ed25519 key has signed", .value = "PUBKEY"),
	{0},
};

static int open_input(const char *path, struct image_load *request, struct error *err)
{
	bool is_stdin = !path || strcmp(path, "-") == 0;
	struct stat status;

	request->fd = -1;
	request->path = is_stdin ? NULL : path;
	if (!is_stdin && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	request->fd = files_open_input(is_stdin ? "-" : path, err);
	return request->fd < 0 ? -1 : 0;
}

static int load_run(struct invocation *invocation, struct error *err)
{
	const struct load_options *options = invocation->options;
	struct image_load request = {.name = options->name, .platform = options->platform};
	struct archive_progress progress;
	char **loaded = NULL;
	int result;

	if (open_input(options->input, &request, err) < 0)
		return -1;
	archive_progress_begin(&progress, invocation, options->input, request.fd);
	request.progress = options->quiet ? NULL : archive_progress_layer;
	request.data = &progress;
	result = bundled_load(invocation, &request, options->verify, &loaded, err);
	archive_progress_end(&progress, result < 0);
	if (request.fd >= 0)
		close(request.fd);
	if (result < 0)
		return -1;
	for (; loaded && *loaded; loaded++) {
		bool is_id = strncmp(*loaded, "sha256:", 7) == 0;
		auto_free char *familiar = is_id ? NULL : reference_familiar(*loaded);

		output_printf(is_id ? "Loaded image ID: %s\n" : "Loaded image: %s\n",
			      familiar ? familiar : *loaded);
	}
	return 0;
}

const struct command cmd_image_load =
	COMMAND("load", "", "Load images from an archive",
		EXAMPLE("-i images.tar", "Take the images of images.tar into the store"),
		.needs = FOR_OBJECTS, COMMAND_OPTIONS(load_options, load_options),
		.last_words = "interrupted: no image was loaded; 'coracle image load' begins again",
		.run = load_run);

struct save_options {
	const char *output, *platform;
};

static const struct option_spec save_options[] = {
	OPTION(STRING, "output", 'o', save_options, output, "Write to this file", .value = "FILE",
	       .fallback = "standard output"),
	CMD_IMAGE_PLATFORM(save_options),
	{0},
};

static int write_images(struct invocation *invocation, void *data, int fd, struct error *err)
{
	(void)data;
	return image_save(&invocation->engine->layout, invocation->arguments, fd, err);
}

static int save_run(struct invocation *invocation, struct error *err)
{
	const struct save_options *options = invocation->options;

	if (cmd_image_check(invocation, options->platform, err) < 0)
		return -1;
	return files_write_output(invocation, options->output, write_images, NULL, err);
}

const struct command cmd_image_save = COMMAND(
	"save", "IMAGE...", "Write images to an archive",
	EXAMPLE("-o images.tar nginx postgres:16",
		"Write two images to images.tar, for load on another host"),
	.needs = FOR_OBJECTS | CHANGES_NOTHING, .least = 1, .most = ANY_NUMBER,
	COMMAND_OPTIONS(save_options, save_options),
	.last_words = "interrupted: the archive is not complete; 'coracle image save' begins again",
	.run = save_run);

static int tag_run(struct invocation *invocation, struct error *err)
{
	return image_tag(&invocation->engine->layout, invocation->arguments[0],
			 invocation->arguments[1], err);
}

const struct command cmd_image_tag =
	COMMAND("tag", "SOURCE TARGET", "Give an image one more name",
		EXAMPLE("shop/web registry.example.com/shop/web:1.0",
			"Name the image after the registry that it shall be pushed to"),
		.needs = FOR_OBJECTS, .least = 2, .most = 2, .run = tag_run);

static const struct command_entry verbs[] = {
	{"build", &cmd_image_build},
	{"history", &cmd_image_history},
	{"import", &cmd_image_import},
	{"inspect", &cmd_image_inspect},
	{"list", &cmd_image_ls},
	{"load", &cmd_image_load},
	{"ls", &cmd_image_ls},
	{"prune", &cmd_image_prune},
	{"pull", &cmd_image_pull},
	{"push", &cmd_image_push},
	{"remove", &cmd_image_rm},
	{"rm", &cmd_image_rm},
	{"save", &cmd_image_save},
	{"tag", &cmd_image_tag},
	{0},
};

const struct command cmd_image =
	COMMAND("image", "COMMAND", "Manage images",
		EXAMPLE("prune -a", "Remove all images that no container uses"),
		.needs = CHANGES_NOTHING, .verbs = verbs);

/* SPDX-License-Identifier: Apache-2.0 */
/* `image pull` and `image push`: images by name, outside of any project. */
#include "cli/command/cmd_image.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <stdlib.h>
#include <string.h>

struct image_pull_options {
	bool all, blobs, quiet;
	const char *platform, *policy;
};

static const struct option_spec pull_options[] = {
	OPTION(BOOL, "all-tags", 'a', image_pull_options, all, "Pull all tags of the repository"),
	OPTION(BOOL, "blobs", 0, image_pull_options, blobs,
	       "Keep compressed layers as well, for save and push"),
	OPTION(STRING, "platform", 0, image_pull_options, platform, "Pull for this platform",
	       .value = "OS/ARCHITECTURE[/VARIANT]",
	       .fallback = "DOCKER_DEFAULT_PLATFORM, else this host"),
	OPTION(STRING, "policy", 0, image_pull_options, policy, "When to ask the registry",
	       .value = "POLICY", .words = "always missing", .fallback = "always"),
	OPTION(BOOL, "quiet", 'q', image_pull_options, quiet, "Print nothing but the name"),
	{0},
};

static int pull_check(const void *data, struct error *err)
{
	const struct image_pull_options *options = data;

	if (options->policy && strcmp(options->policy, "always") != 0 &&
	    strcmp(options->policy, "missing") != 0)
		return error_set(err, ERROR_INVALID, "--policy must be always or missing, not '%s'",
				 options->policy);
	return 0;
}

static bool is_here(struct invocation *invocation, const char *reference, const char *platform)
{
	const struct image_wish wish = {reference, platform};
	struct image image;

	return image_find_for(&invocation->engine->layout, &wish, &image, invocation->arena,
			      NULL) == 0 &&
	       image_is_for(&image, platform);
}

static void print_name(const char *reference)
{
	auto_free char *full = reference_normalize(reference, NULL);

	output_line(full ? full : reference);
}

static int pull_one(struct invocation *invocation, const char *reference,
		    const struct image_pull_options *options, struct error *err)
{
	auto_free char *familiar = NULL;
	const char *platform =
		options->platform ? options->platform : getenv("DOCKER_DEFAULT_PLATFORM");
	struct apply apply = invocation_apply(invocation);
	const struct apply_image image = {.reference = reference,
					  .platform = platform,
					  .blobs = options->blobs,
					  .quiet = options->quiet};
	struct apply_image_result pulled;

	if (options->policy && strcmp(options->policy, "missing") == 0 &&
	    is_here(invocation, reference, platform)) {
		print_name(reference);
		return 0;
	}
	if (apply_pull_image(&apply, &image, &pulled, invocation->arena, err) < 0)
		return -1;
	invocation_end_progress(invocation);
	familiar = reference_familiar(pulled.name);
	if (!options->quiet) {
		output_printf("Digest: %s\n", pulled.digest);
		output_printf("Status: %s for %s\n",
			      pulled.is_new ? "Downloaded newer image" : "Image is up to date",
			      familiar);
	}
	output_line(pulled.name);
	return 0;
}

/* Has what was typed a tag or a digest? */
static bool has_tag(const char *reference)
{
	const char *slash = strrchr(reference, '/');

	return strpbrk(slash ? slash : reference, ":@") != NULL;
}

static int pull_all(struct invocation *invocation, const char *reference, struct error *err)
{
	auto_free char *transport = engine_helper_path("transport", err);
	auto_strvec struct strvec tags = {0};

	if (has_tag(reference))
		return error_set(err, ERROR_INVALID, "tag can't be used with --all-tags/-a");
	if (!transport || image_list_tags(transport, reference, &tags, err) < 0)
		return -1;
	strvec_sort(&tags);
	strvec_each (tag, &tags)
		if (pull_one(invocation, arena_format(invocation->arena, "%s:%s", reference, *tag),
			     invocation->options, err) < 0)
			return -1;
	return 0;
}

static int pull_action(struct invocation *invocation, const char *reference, struct error *err)
{
	const struct image_pull_options *options = invocation->options;

	return options->all ? pull_all(invocation, reference, err)
			    : pull_one(invocation, reference, options, err);
}

int cmd_image_pull_all(struct invocation *invocation, bool quiet, const char *policy)
{
	struct image_pull_options options = {.quiet = quiet, .policy = policy};
	int code = 0;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		struct error err = {0};

		if (pull_one(invocation, invocation->arguments[i], &options, &err) < 0) {
			invocation_error(invocation, &err);
			code = 1;
		}
	}
	return code;
}

const struct command cmd_image_pull =
	COMMAND("pull", "IMAGE...", "Download images from their registries",
		EXAMPLE("nginx:1.27 postgres:16", "Download two images"), .needs = FOR_OBJECTS,
		COMMAND_OPTIONS(image_pull_options, pull_options), .check = pull_check,
		.goes_on = "'coracle image pull' goes on from there", COMMAND_EACH(pull_action));

struct image_push_options {
	bool all, quiet;
	const char *platform;
};

static const struct option_spec push_options[] = {
	OPTION(BOOL, "all-tags", 'a', image_push_options, all,
	       "Push all tags of the repository that are here"),
	CMD_IMAGE_PLATFORM(image_push_options),
	OPTION(BOOL, "quiet", 'q', image_push_options, quiet, "Print nothing but the name"),
	{0},
};

int cmd_image_push_one(struct invocation *invocation, const char *reference, bool quiet,
		       struct error *err)
{
	struct apply apply = invocation_apply(invocation);
	const struct apply_image image = {.reference = reference, .quiet = quiet};
	struct apply_image_result pushed;

	if (apply_push_image(&apply, &image, &pushed, invocation->arena, err) < 0)
		return -1;
	invocation_end_progress(invocation);
	if (!quiet)
		output_printf("%s: digest: %s size: %jd\n", strrchr(pushed.name, ':') + 1,
			      pushed.digest, (intmax_t)pushed.size);
	else
		output_line(pushed.name);
	return 0;
}

static int push_tags(struct invocation *invocation, const struct image *image,
		     const char *repository, struct error *err)
{
	const struct image_push_options *options = invocation->options;
	int count = 0;

	for (char **name = image->names; name && *name; name++) {
		size_t length = reference_repository_length(*name);

		if (strlen(repository) != length || strncmp(*name, repository, length) != 0 ||
		    (*name)[length] != ':')
			continue;
		if (cmd_image_push_one(invocation, *name, options->quiet, err) < 0)
			return -1;
		count++;
	}
	return count;
}

static int push_all(struct invocation *invocation, const char *reference, struct error *err)
{
	auto_free char *full = reference_normalize(reference, err);
	struct image *images;
	size_t count;
	int pushed = 0;

	if (!full)
		return -1;
	if (has_tag(reference))
		return error_set(err, ERROR_INVALID, "tag can't be used with --all-tags/-a");
	full[reference_repository_length(full)] = '\0';
	if (image_list(&invocation->engine->layout, &images, &count, invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int n = push_tags(invocation, &images[i], full, err);

		if (n < 0)
			return -1;
		pushed += n;
	}
	return pushed ? 0
		      : error_set(err, ERROR_NOT_FOUND,
				  "An image does not exist locally with the tag: %s", full);
}

static int push_action(struct invocation *invocation, const char *reference, struct error *err)
{
	const struct image_push_options *options = invocation->options;

	if (options->all)
		return push_all(invocation, reference, err);
	if (cmd_image_check(invocation, options->platform, err) < 0)
		return -1;
	return cmd_image_push_one(invocation, reference, options->quiet, err);
}

const struct command cmd_image_push =
	COMMAND("push", "IMAGE...", "Upload images to their registries",
		EXAMPLE("registry.example.com/shop/web:1.0",
			"Upload the image to the registry in its name"),
		.needs = FOR_OBJECTS, COMMAND_OPTIONS(image_push_options, push_options),
		.goes_on = "'coracle image push' goes on from there", COMMAND_EACH(push_action));

/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/build_request.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "builder/build_words.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/service_instance.h"
#include "compose/apply/service_resources.h"
#include "engine/labels.h"
#include "storage/secret/secret_store.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LARGEST_DOCKERFILE ((size_t)1 << 20)

static const char service_prefix[] = "service:";

const char *build_request_service(const char *context)
{
	size_t length = strlen(service_prefix);

	return context && strncmp(context, service_prefix, length) == 0 ? context + length : NULL;
}

static bool is_part_of_name(char c)
{
	return isalnum((unsigned char)c) || strchr("._/-@", c);
}

bool build_request_names(const struct service *service, const char *image)
{
	const struct service_build *build = service->build;
	auto_strbuf struct strbuf text = {0};
	auto_free char *path = NULL;
	size_t length = strlen(image);

	if (build->dockerfile_inline) {
		strbuf_add(&text, build->dockerfile_inline);
	} else {
		path = build->dockerfile[0] == '/'
			       ? alloc_string(build->dockerfile)
			       : alloc_format("%s/%s", build->context, build->dockerfile);
		file_read(AT_FDCWD, path, LARGEST_DOCKERFILE, &text, NULL);
	}
	for (const char *at = strbuf_text(&text); (at = strstr(at, image)); at++)
		if ((at == text.text || !is_part_of_name(at[-1])) &&
		    (!at[length] || !is_part_of_name(at[length])))
			return true;
	return false;
}

/* --- values ----------------------------------------------------------------------------------- */

/* One without a value is the environment's; where that has none, there is no such argument. */
static void set_arg(struct pair **args, size_t *count, const char *entry,
		    const struct build_wish *wish, struct arena *arena)
{
	size_t length = strcspn(entry, "=");
	struct pair pair = {.name = arena_string_n(arena, entry, length)};

	pair.value = entry[length] ? arena_string(arena, entry + length + 1)
				   : strvec_getenv(wish->apply->project->environment, pair.name);
	if (pair.value)
		pair_set(args, count, pair, arena);
}

struct pair *build_request_args(const struct build_wish *wish, size_t *count, struct arena *arena)
{
	char *const *lists[] = {wish->service->build->args,
				wish->options ? wish->options->args : NULL};
	struct pair *args = NULL;

	*count = 0;
	for (size_t i = 0; i < array_length(lists); i++)
		for (char *const *entry = lists[i]; entry && *entry; entry++)
			set_arg(&args, count, *entry, wish, arena);
	return args;
}

struct pair *build_request_labels(const struct build_wish *wish, size_t *count, struct arena *arena)
{
	const struct pair own[] = {
		{LABEL_PROJECT, wish->apply->project->name},
		{LABEL_SERVICE, wish->service->name},
		{LABEL_VERSION, CORACLE_VERSION},
	};
	struct pair *labels = NULL;

	*count = 0;
	pair_set_entries(&labels, count, wish->service->build->labels, arena);
	for (size_t i = 0; i < array_length(own); i++)
		pair_set(&labels, count, own[i], arena);
	return labels;
}

static size_t count_items(char *const *items)
{
	size_t count = 0;

	while (items && items[count])
		count++;
	return count;
}

static struct pair *set_contexts(const struct service_build *build, size_t *count,
				 struct arena *arena)
{
	struct pair *contexts = NULL;

	*count = 0;
	pair_set_entries(&contexts, count, build->additional_contexts, arena);
	return contexts;
}

static char **set_names(const struct build_wish *wish, struct arena *arena)
{
	auto_strvec struct strvec names = {0};

	strvec_add_all(&names, wish->service->build->tags);
	strvec_add(&names, service_image(wish->apply->project, wish->service, arena));
	return strvec_copy(&names, arena);
}

static int set_caches(struct build_cache_place **places, size_t *count, char *const *texts,
		      bool is_target, struct arena *arena, struct error *err)
{
	*places = arena_array(arena, count_items(texts) + 1, sizeof(**places));
	for (char *const *text = texts; text && *text; text++)
		if (build_words_cache(&(*places)[(*count)++], *text, is_target, arena, err) < 0)
			return error_wrap(err, is_target ? "cache_to" : "cache_from");
	return 0;
}

/* --- secrets and keys ------------------------------------------------------------------------- */

static int set_external(struct build_secret *secret, const struct build_wish *wish,
			const struct project_file *file, struct arena *arena, struct error *err)
{
	const char *name = file->name ? file->name : file->key;
	struct secret_object object;

	if (secret_store_read(&wish->apply->engine->layout, SECRET_STORE_SECRET, name, &object,
			      arena, err) < 0)
		return error_wrap(err, "external secret \"%s\"", name);
	secret->content = arena_string_n(arena, object.bytes, object.size);
	return 0;
}

static int set_secret(struct build_secret *secret, const struct build_wish *wish,
		      const struct service_file *use, struct arena *arena, struct error *err)
{
	const struct project_file *file =
		project_find_file(&wish->apply->project->secrets, use->source);

	*secret = (struct build_secret){.id = use->target ? use->target : use->source};
	if (!file)
		return error_set(err, ERROR_INVALID, "undefined secret %s", use->source);
	if (file->external == TRISTATE_TRUE)
		return set_external(secret, wish, file, arena, err);
	if (file->file) {
		secret->file = file->file;
		return access(file->file, R_OK) < 0
			       ? error_errno(err, "secret \"%s\": cannot read '%s'", use->source,
					     file->file)
			       : 0;
	}
	secret->content = file->value;
	if (!secret->content && file->environment)
		secret->content =
			strvec_getenv(wish->apply->project->environment, file->environment);
	if (!secret->content) {
		log_warning("secret \"%s\" of the build of service \"%s\" is empty: the "
			    "environment variable '%s' is not set",
			    use->source, wish->service->name,
			    file->environment ? file->environment : "");
		secret->content = "";
	}
	return 0;
}

static int set_secrets(struct build_request *request, const struct build_wish *wish,
		       struct arena *arena, struct error *err)
{
	const struct service_build *build = wish->service->build;

	request->secrets = arena_array(arena, build->secrets.count + 1, sizeof(*request->secrets));
	for (size_t i = 0; i < build->secrets.count; i++)
		if (set_secret(&request->secrets[request->secret_count++], wish,
			       &build->secrets.items[i], arena, err) < 0)
			return -1;
	return 0;
}

static int set_ssh(struct build_request *request, const struct build_wish *wish,
		   struct arena *arena, struct error *err)
{
	auto_strvec struct strvec keys = {0};

	strvec_add_all(&keys, wish->service->build->ssh);
	if (wish->options && wish->options->ssh)
		strvec_add(&keys, wish->options->ssh);
	request->ssh = arena_array(arena, keys.count + 1, sizeof(*request->ssh));
	strvec_each (key, &keys)
		if (build_words_ssh(&request->ssh[request->ssh_count++], *key, arena, err) < 0)
			return -1;
	return 0;
}

/* --- platforms -------------------------------------------------------------------------------- */

static bool is_listed(char *const *platforms, const char *platform)
{
	for (; platforms && *platforms; platforms++)
		if (strcmp(*platforms, platform) == 0)
			return true;
	return false;
}

static char **one_platform(const char *platform, struct arena *arena)
{
	char **platforms = arena_array(arena, 2, sizeof(*platforms));

	platforms[0] = platform ? arena_string(arena, platform) : NULL;
	return platforms;
}

int build_request_platforms(char ***platforms, const struct build_wish *wish, bool one,
			    struct arena *arena, struct error *err)
{
	const struct service *service = wish->service;
	char **listed = service->build->platforms;
	const char *platform = service_platform(wish->apply->project, service);
	bool is_default = platform && platform != service->platform;

	if (listed && *listed && is_default && !is_listed(listed, platform))
		return error_set(err, ERROR_INVALID,
				 "service \"%s\" build.platforms does not support value set by "
				 "DOCKER_DEFAULT_PLATFORM: %s",
				 service->name, platform);
	if (!listed || !*listed || (one && (platform || listed[1])))
		*platforms = one_platform(platform, arena);
	else
		*platforms = listed;
	return 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void set_rights(struct build_request *request, const struct service_build *build)
{
	request->is_privileged = build->privileged == TRISTATE_TRUE;
	request->allows_insecure =
		request->is_privileged || is_listed(build->entitlements, "security.insecure");
	request->allows_host_network = is_listed(build->entitlements, "network.host") ||
				       (build->network && strcmp(build->network, "host") == 0);
}

static void set_plain(struct build_request *request, const struct build_wish *wish,
		      struct arena *arena)
{
	const struct service_build *build = wish->service->build;
	const struct apply_build *options = wish->options;

	*request = (struct build_request){
		.context = build->context,
		.dockerfile = build->dockerfile_inline ? NULL : build->dockerfile,
		.is_from_context = true,
		.dockerfile_inline = build->dockerfile_inline,
		.stdin_fd = -1,
		.target = build->target,
		.platform = wish->platform,
		.names = set_names(wish, arena),
		.no_cache = build->no_cache == TRISTATE_TRUE || (options && options->no_cache),
		.pulls = build->pull == TRISTATE_TRUE || (options && options->pulls),
		.no_cache_filter = build->no_cache_filter,
		.extra_hosts = build->extra_hosts,
		.network = build->network,
		.shm_size = model_number(build->shm_size, 0),
	};
	request->resources.memory_limit = options ? options->memory : 0;
	request->named_contexts = set_contexts(build, &request->named_context_count, arena);
	request->args = build_request_args(wish, &request->arg_count, arena);
	request->labels = build_request_labels(wish, &request->label_count, arena);
	set_rights(request, build);
}

int build_request_fill(struct build_request *request, const struct build_wish *wish,
		       struct arena *arena, struct error *err)
{
	const struct service_build *build = wish->service->build;

	set_plain(request, wish, arena);
	request->ulimits = arena_array(arena, build->ulimits.count + 1, sizeof(*request->ulimits));
	for (size_t i = 0; i < build->ulimits.count; i++)
		if (service_resources_ulimit(&request->ulimits[request->ulimit_count++],
					     &build->ulimits.items[i], err) < 0)
			return error_wrap(err, "build.ulimits");
	if (set_caches(&request->cache_from, &request->cache_from_count, build->cache_from, false,
		       arena, err) < 0 ||
	    set_caches(&request->cache_to, &request->cache_to_count, build->cache_to, true, arena,
		       err) < 0 ||
	    set_secrets(request, wish, arena, err) < 0)
		return -1;
	return set_ssh(request, wish, arena, err);
}

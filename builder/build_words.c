/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build_words.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pair.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Which keys a value may have, and where they go. */
struct slot {
	const char *key;
	const char **value; /* NULL: it has no effect here */
};

static int fill(const struct slot *slots, const char *text, struct arena *arena, struct error *err)
{
	struct pair *fields;
	size_t count;

	if (pair_from_csv(&fields, &count, text, arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct slot *slot = slots;

		if (!fields[i].value)
			return error_set(err, ERROR_INVALID, "'%s': '%s' must be KEY=VALUE", text,
					 fields[i].name);
		while (slot->key && strcasecmp(slot->key, fields[i].name) != 0)
			slot++;
		if (!slot->key)
			return error_set(err, ERROR_INVALID, "'%s': there is no key '%s'", text,
					 fields[i].name);
		if (slot->value)
			*slot->value = fields[i].value;
		else
			log_warning("'%s': %s has no effect here", text, fields[i].name);
	}
	return 0;
}

static void choose_secret(struct build_secret *secret, const char *type, const char *source)
{
	if (secret->env && !type)
		return;
	if (type && strcmp(type, "env") == 0) {
		secret->env = secret->env ? secret->env : source ? source : secret->id;
		return;
	}
	if (!source && !type && getenv(secret->id))
		secret->env = secret->id;
	else
		secret->file = source ? source : secret->id;
}

int build_words_secret(struct build_secret *secret, const char *text, struct arena *arena,
		       struct error *err)
{
	const char *type = NULL, *source = NULL;
	const struct slot slots[] = {
		{"id", &secret->id},   {"src", &source}, {"source", &source},
		{"env", &secret->env}, {"type", &type},	 {0},
	};

	*secret = (struct build_secret){0};
	if (fill(slots, text, arena, err) < 0)
		return -1;
	if (!secret->id || !*secret->id)
		return error_set(err, ERROR_INVALID, "'%s': a secret needs an id", text);
	if (type && strcmp(type, "file") != 0 && strcmp(type, "env") != 0)
		return error_set(err, ERROR_INVALID, "'%s': type must be file or env, not '%s'",
				 text, type);
	choose_secret(secret, type, source);
	if (secret->file && access(secret->file, R_OK) < 0)
		return error_errno(err, "secret '%s': cannot read '%s'", secret->id, secret->file);
	return 0;
}

int build_words_ssh(struct build_ssh *ssh, const char *text, struct arena *arena, struct error *err)
{
	const char *equals = strchr(text, '='), *agent = getenv("SSH_AUTH_SOCK");

	ssh->id = equals ? arena_string_n(arena, text, (size_t)(equals - text))
			 : arena_string(arena, text);
	ssh->path = equals && equals[1] ? arena_string(arena, equals + 1) : NULL;
	if (!*ssh->id)
		ssh->id = "default";
	if (!ssh->path && (!agent || !*agent))
		return error_set(err, ERROR_INVALID,
				 "invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
	if (ssh->path && !strchr(ssh->path, ',') && access(ssh->path, R_OK) < 0)
		return error_errno(err, "ssh key '%s': cannot read '%s'", ssh->id, ssh->path);
	return 0;
}

static int check_cache(const struct build_cache_place *place, const char *text, bool is_target,
		       struct error *err)
{
	if (strcmp(place->type, "inline") == 0)
		return 0;
	if (strcmp(place->type, "local") != 0 && strcmp(place->type, "registry") != 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%s': there is no cache of type '%s' here; there are local, "
				 "registry and inline",
				 text, place->type);
	if (place->where && *place->where)
		return 0;
	return error_set(err, ERROR_INVALID, "'%s': a %s cache needs %s=…", text, place->type,
			 strcmp(place->type, "registry") == 0 ? "ref"
			 : is_target			      ? "dest"
							      : "src");
}

int build_words_cache(struct build_cache_place *place, const char *text, bool is_target,
		      struct arena *arena, struct error *err)
{
	const char *mode = NULL;
	const struct slot slots[] = {
		{"type", &place->type},
		{"ref", &place->where},
		{is_target ? "dest" : "src", &place->where},
		{"mode", &mode},
		{"image-manifest", NULL},
		{"oci-mediatypes", NULL},
		{"ignore-error", NULL},
		{"compression", NULL},
		{"compression-level", NULL},
		{"force-compression", NULL},
		{0},
	};

	*place = (struct build_cache_place){.type = "registry"};
	if (!strchr(text, '=')) {
		place->where = arena_string(arena, text);
		return 0;
	}
	if (fill(slots, text, arena, err) < 0)
		return -1;
	if (mode && strcmp(mode, "min") != 0 && strcmp(mode, "max") != 0)
		return error_set(err, ERROR_INVALID, "'%s': mode must be min or max, not '%s'",
				 text, mode);
	place->is_max = mode && strcmp(mode, "max") == 0;
	return check_cache(place, text, is_target, err);
}

static const struct output_type {
	const char *name;
	enum build_output_type type;
	bool needs_destination, may_be_stdout, pushes;
} output_types[] = {
	{"local", BUILD_OUTPUT_LOCAL, true, false, false},
	{"tar", BUILD_OUTPUT_TAR, false, true, false},
	{"oci", BUILD_OUTPUT_OCI, false, true, false},
	{"docker", BUILD_OUTPUT_DOCKER, false, true, false},
	{"image", BUILD_OUTPUT_IMAGE, false, false, false},
	{"registry", BUILD_OUTPUT_IMAGE, false, false, true},
	{"cacheonly", BUILD_OUTPUT_CACHE_ONLY, false, false, false},
};

static const struct output_type *find_output_type(const char *name)
{
	for (size_t i = 0; i < array_length(output_types); i++)
		if (strcmp(output_types[i].name, name) == 0)
			return &output_types[i];
	return NULL;
}

/* "docker" without a destination is what happens to every image here: it is loaded. */
static int place_output(struct build_words_output *output, const struct output_type *type,
			const char *text, struct error *err)
{
	struct build_output *out = &output->output;
	bool is_stdout = out->destination && strcmp(out->destination, "-") == 0;

	out->type = type->type;
	if (type->type == BUILD_OUTPUT_DOCKER && !out->destination)
		out->type = BUILD_OUTPUT_IMAGE;
	if (type->needs_destination && (!out->destination || is_stdout))
		return error_set(err, ERROR_INVALID, "'%s': type=%s needs dest=DIRECTORY", text,
				 type->name);
	if (out->destination && !type->needs_destination && !type->may_be_stdout)
		return error_set(err, ERROR_INVALID, "'%s': type=%s has no dest", text, type->name);
	if (type->may_be_stdout && !out->destination && out->type != BUILD_OUTPUT_IMAGE)
		out->destination = "-";
	if (out->destination && strcmp(out->destination, "-") == 0 && isatty(out->fd))
		return error_set(err, ERROR_INVALID,
				 "'%s': standard output is a terminal: give a file with dest=FILE",
				 text);
	return 0;
}

int build_words_output(struct build_words_output *output, const char *text, struct arena *arena,
		       struct error *err)
{
	const char *type = NULL, *push = NULL, *name = NULL, *dest = NULL;
	const struct slot slots[] = {
		{"type", &type},
		{"dest", &dest},
		{"name", &name},
		{"push", &push},
		{"oci-mediatypes", NULL},
		{"compression", NULL},
		{"compression-level", NULL},
		{"force-compression", NULL},
		{"rewrite-timestamp", NULL},
		{"unpack", NULL},
		{"store", NULL},
		{0},
	};
	const struct output_type *found;

	*output = (struct build_words_output){.output = {.fd = STDOUT_FILENO}};
	if (!strchr(text, '=')) {
		type = strcmp(text, "-") == 0 ? "tar" : "local";
		dest = arena_string(arena, text);
	} else if (fill(slots, text, arena, err) < 0) {
		return -1;
	}
	found = type ? find_output_type(type) : NULL;
	if (!found)
		return error_set(err, ERROR_INVALID,
				 "'%s': type must be local, tar, oci, docker, image, registry or "
				 "cacheonly",
				 text);
	output->output.destination = dest;
	output->name = name;
	output->pushes = found->pushes;
	if (push && units_parse_bool(&output->pushes, push, err) < 0)
		return error_wrap(err, "'%s': push", text);
	return place_output(output, found, text, err);
}

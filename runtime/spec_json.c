/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A specification from and to OCI runtime-spec JSON, a valid config.json of a bundle. What the
 * members are stands in spec_schema*.c; here is what none of them can say alone.
 */
#include "runtime/spec_json.h"

#include "base/arena.h"
#include "base/error.h"
#include "runtime/spec_schema.h"

#include <ctype.h>
#include <string.h>

static const struct spec_place whole = {NULL, "", 0};

static int bad(struct error *err, const char *where, const char *what)
{
	return error_set(err, ERROR_INVALID, "config.json: %s: %s", where, what);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int check_process(const struct spec *spec, struct error *err)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < spec->rlimit_count; i++) {
		uint64_t bit = UINT64_C(1) << spec->rlimits[i].resource;

		if (seen & bit)
			return bad(err, "process.rlimits", "the same type twice");
		seen |= bit;
	}
	if (spec->cwd && spec->cwd[0] != '/')
		return bad(err, "process.cwd", "is not an absolute path");
	return 0;
}

/* Ours are taken out of the annotations again. */
static void take_annotations(struct spec *spec)
{
	size_t kept = 0;

	for (size_t i = 0; i < spec->annotation_count; i++) {
		const struct pair *pair = &spec->annotations[i];

		if (strcmp(pair->name, SPEC_JSON_INIT) == 0)
			spec->use_init = strcmp(pair->value, "true") == 0;
		else if (strcmp(pair->name, SPEC_JSON_SECCOMP) == 0)
			spec->seccomp = strcmp(pair->value, "default") == 0 ? SPEC_SECCOMP_DEFAULT
									    : spec->seccomp;
		else
			spec->annotations[kept++] = *pair;
	}
	spec->annotation_count = kept;
}

static int check_version(const json *document, struct error *err)
{
	const char *version = json_string(document, "ociVersion", NULL);

	if (!version)
		return bad(err, "ociVersion", "is missing");
	if (strncmp(version, "1.", 2) != 0 || !isdigit((unsigned char)version[2]))
		return bad(err, "ociVersion", "is not 1.x");
	return 0;
}

int spec_json_read(struct spec *spec, const json *document, struct arena *arena, struct error *err)
{
	struct spec_reader reader = {arena, err};

	memset(spec, 0, sizeof(*spec));
	if (!json_is_object(document))
		return bad(err, "the document", "is not an object");
	spec->resources.all_devices = true; /* no list of devices is no restriction */
	if (check_version(document, err) < 0 ||
	    spec_fields_read(spec, document, spec_rows, &whole, &reader) < 0 ||
	    check_process(spec, err) < 0)
		return -1;
	take_annotations(spec);
	return 0;
}

int spec_load(int dirfd, const char *path, struct spec *spec, struct arena *arena,
	      struct error *err)
{
	auto_json json *document = json_load(dirfd, path, err);

	return document ? spec_json_read(spec, document, arena, err) : -1;
}

/* What the one that is replaced had said. */
static void forget_process(struct spec *spec)
{
	spec->args = spec->env = NULL;
	spec->cwd = spec->apparmor_profile = spec->selinux_label = NULL;
	spec->exec_cpus_initial = spec->exec_cpus_final = NULL;
	spec->terminal = spec->no_new_privileges = false;
	spec->console_rows = spec->console_columns = 0;
	spec->user = (struct spec_user){0};
	spec->capabilities = (struct spec_capabilities){0};
	spec->rlimits = NULL;
	spec->rlimit_count = 0;
	spec->has_oom_score_adj = spec->has_scheduler = spec->has_io_priority = false;
	spec->scheduler = (struct spec_scheduler){0};
}

int spec_read_process(struct spec *spec, const json *process, struct arena *arena,
		      struct error *err)
{
	static const struct spec_place place = {&whole, "process", 0};
	struct spec_reader reader = {arena, err};

	forget_process(spec);
	if (!json_is_object(process))
		return bad(err, "process", "is not an object");
	if (spec_fields_read(spec, process, spec_process_rows, &place, &reader) < 0)
		return -1;
	return check_process(spec, err);
}

int spec_read_resources(struct spec_resources *resources, const json *object, struct arena *arena,
			struct error *err)
{
	static const struct spec_place place = {&whole, "resources", 0};
	struct spec_reader reader = {arena, err};

	*resources = (struct spec_resources){.all_devices = true};
	if (!json_is_object(object))
		return bad(err, "resources", "is not an object");
	return spec_fields_read(resources, object, spec_resource_rows, &place, &reader);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void add_annotation(json *document, const char *name, const char *value)
{
	json *annotations = json_get(document, "annotations");

	if (!annotations) {
		annotations = json_new_object();
		json_set(document, "annotations", annotations);
	}
	json_set_string(annotations, name, value);
}

json *spec_json_write(const struct spec *spec)
{
	json *document = json_new_object();

	json_set_string(document, "ociVersion", SPEC_JSON_VERSION);
	spec_fields_write(document, spec, spec_rows);
	if (!spec->cwd)
		json_set_string(json_get(document, "process"), "cwd", "/");
	if (spec->use_init)
		add_annotation(document, SPEC_JSON_INIT, "true");
	if (spec->seccomp && strcmp(spec->seccomp, SPEC_SECCOMP_DEFAULT) == 0)
		add_annotation(document, SPEC_JSON_SECCOMP, "default");
	return document;
}

int spec_save(int dirfd, const char *path, const struct spec *spec, struct error *err)
{
	auto_json json *document = spec_json_write(spec);

	return json_save_volatile(dirfd, path, document, 0600, err);
}

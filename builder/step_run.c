/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/step_run.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "builder/build_private.h"
#include "builder/history.h"
#include "builder/key.h"
#include "builder/own_args.h"
#include "builder/run_command.h"
#include "builder/run_secret.h"
#include "builder/stage_config.h"

/* --- what the words mean ---------------------------------------------------------------------- */

static int set_network(const struct build *build, struct step *step, struct error *err)
{
	const char *flag = instruction_flag(&step->line->instruction, "network");
	const char *whole = build->request->network;

	if (!flag || strcmp(flag, "default") == 0)
		return 0;
	if (strcmp(flag, "none") != 0 && strcmp(flag, "host") != 0)
		return error_set(err, ERROR_INVALID,
				 "invalid network mode: %s: want default, none or host", flag);
	if (strcmp(flag, "host") == 0 && !build->request->allows_host_network &&
	    !(whole && strcmp(whole, "host") == 0))
		return error_set(err, ERROR_DENIED,
				 "network.host is not allowed: give --allow network.host");
	step->run.network = flag;
	return 0;
}

static int set_security(const struct build *build, struct step *step, struct error *err)
{
	const char *flag = instruction_flag(&step->line->instruction, "security");

	step->run.is_insecure = build->request->is_privileged;
	if (!flag || strcmp(flag, "sandbox") == 0)
		return 0;
	if (strcmp(flag, "insecure") != 0)
		return error_set(err, ERROR_INVALID,
				 "security \"%s\" is not valid: want sandbox or insecure", flag);
	if (!build->request->allows_insecure && !build->request->is_privileged)
		return error_set(err, ERROR_DENIED,
				 "security.insecure is not allowed: give --allow "
				 "security.insecure");
	step->run.is_insecure = true;
	return 0;
}

static int set_target(struct build *build, struct step *step, struct dockerfile_mount *mount,
		      struct error *err)
{
	auto_free char *path = NULL;

	if (!mount->target)
		return 0;
	path = path_join(step->run.working_dir, mount->target);
	if (strcmp(path, "/") == 0)
		return error_set(err, ERROR_INVALID, "invalid mount target \"%s\"", mount->target);
	mount->target = arena_string(build->arena, path);
	return 0;
}

/* The name of a file or folder as a pattern that fits nothing else. */
static char *escape_pattern(const char *path, struct arena *arena)
{
	char *pattern = arena_alloc(arena, 2 * strlen(path) + 2), *out = pattern;

	if (!*path)
		*out++ = '/';
	for (; *path; path++) {
		if (strchr("*?[\\", *path))
			*out++ = '\\';
		*out++ = *path;
	}
	return pattern;
}

static bool is_of_files(const struct step_run_mount *mount)
{
	return mount->mount.type == DOCKERFILE_MOUNT_BIND;
}

static int set_files(struct build *build, struct step_run_mount *mount, struct error *err)
{
	char **patterns = arena_array(build->arena, 2, sizeof(*patterns));

	patterns[0] = escape_pattern(mount->mount.source ? mount->mount.source : "", build->arena);
	mount->selection.select.patterns = patterns;
	mount->selection.select.keeps_parents = true;
	if (!is_of_files(mount) || !stage_source_is_context(mount->from))
		return 0;
	return stage_source_digest(build, mount->from, &mount->selection, false, mount->digest,
				   err) < 0
		       ? -1
		       : 0;
}

static int add_mount(struct build *build, struct step *step, const char *text,
		     const struct stage *from, struct error *err)
{
	struct expansion expansion = scope_expansion(&step->stage->scope);
	struct step_run *run = &step->run;
	struct step_run_mount *mount;

	run->mounts = arena_grow(build->arena, run->mounts, run->mount_count, sizeof(*mount));
	mount = &run->mounts[run->mount_count++];
	*mount = (struct step_run_mount){.from = from};
	if (dockerfile_mount_parse(&mount->mount, text, &expansion, err) < 0 ||
	    set_target(build, step, &mount->mount, err) < 0)
		return -1;
	switch (mount->mount.type) {
	case DOCKERFILE_MOUNT_BIND:
	case DOCKERFILE_MOUNT_CACHE:
		return set_files(build, mount, err);
	case DOCKERFILE_MOUNT_SECRET:
		return run_secret_find(build, &mount->mount, &mount->secret, err);
	case DOCKERFILE_MOUNT_SSH:
		return run_secret_find_agent(build, &mount->mount, &mount->socket, err);
	case DOCKERFILE_MOUNT_TMPFS:
		break;
	}
	return 0;
}

static int add_mounts(struct build *build, struct step *step, struct error *err)
{
	const struct instruction *instruction = &step->line->instruction;
	size_t count = 0;

	for (size_t i = 0; i < instruction->flag_count; i++) {
		const struct instruction_flag *flag = &instruction->flags[i];

		if (strcmp(flag->name, "device") == 0)
			return error_set(err, ERROR_UNSUPPORTED,
					 "RUN --device is not supported: mount what the step "
					 "needs with --mount");
		if (strcmp(flag->name, "mount") != 0)
			continue;
		if (add_mount(build, step, flag->value ? flag->value : "",
			      step->line->sources[count++], err) < 0)
			return -1;
	}
	return 0;
}

static void set_environment(const struct build *build, struct step *step)
{
	const char *directory = stage_config_text(step->stage, "WorkingDir");

	step->run.working_dir = *directory ? arena_string(build->arena, directory) : "/";
	step->run.env = scope_entries(&step->stage->scope);
}

int step_run_prepare(struct build *build, struct step *step, struct strbuf *created_by,
		     struct error *err)
{
	struct run_command command = {0};

	set_environment(build, step);
	if (set_network(build, step, err) < 0 || set_security(build, step, err) < 0 ||
	    add_mounts(build, step, err) < 0)
		return -1;
	run_command_make(&command, step->stage, &step->line->instruction, build->arena);
	step->run.args = command.args;
	step->run.files = command.files;
	step->run.file_count = command.file_count;
	history_run(created_by, command.args, &step->stage->scope);
	return 0;
}

/* --- the key ---------------------------------------------------------------------------------- */

/* What differs between two places or days and means nothing. */
static bool counts(const char *entry)
{
	char name[64];
	size_t length = strcspn(entry, "=");

	if (length >= sizeof(name))
		return true;
	memcpy(name, entry, length);
	name[length] = '\0';
	return !scope_is_proxy(name) && strcmp(name, "SOURCE_DATE_EPOCH") != 0;
}

static int add_mount_key(const struct build *build, struct step_run_mount *mount, struct key *key,
			 bool may_look, struct error *err)
{
	const struct dockerfile_mount *what = &mount->mount;
	int known = 1;

	key_add_number(key, "mount", what->type);
	key_add(key, "target", what->target);
	if (is_of_files(mount)) {
		if (!*mount->digest)
			known = stage_source_digest(build, mount->from, &mount->selection, may_look,
						    mount->digest, err);
		key_add(key, "content", mount->digest);
		key_add_number(key, "writable", what->is_writable);
	} else if (what->type == DOCKERFILE_MOUNT_TMPFS) {
		key_add_number(key, "size", what->size);
	} else if (what->type != DOCKERFILE_MOUNT_CACHE) {
		key_add(key, "id", what->id);
		key_add(key, "variable", what->env);
		key_add_number(key, "mode", what->mode);
		key_add_number(key, "user", what->uid);
		key_add_number(key, "group", what->gid);
	}
	return known;
}

/* Names of hosts count, their addresses do not. */
static void add_hosts_key(const struct build *build, struct key *key)
{
	char **host = build->request->extra_hosts;

	for (; host && *host; host++)
		key_add_bytes(key, "host", *host, strcspn(*host, ":="));
}

static void add_files_key(const struct step_run *run, struct key *key)
{
	for (size_t i = 0; i < run->file_count; i++) {
		key_add(key, "file", run->files[i].name);
		key_add(key, "content", run->files[i].value);
	}
}

int step_run_add_key(const struct build *build, struct step *step, struct key *key, bool may_look,
		     struct error *err)
{
	struct step_run *run = &step->run;
	const char *network = run->network ? run->network : build->request->network;

	key_add_strings(key, "argument", run->args);
	for (char **entry = run->env; *entry; entry++)
		if (counts(*entry))
			key_add(key, "variable", *entry);
	key_add(key, "directory", run->working_dir);
	key_add(key, "user", step->user);
	key_add(key, "hostname", own_args_hostname(build));
	key_add(key, "network", network && strcmp(network, "default") != 0 ? network : NULL);
	key_add_number(key, "insecure", run->is_insecure);
	add_files_key(run, key);
	add_hosts_key(build, key);
	for (size_t i = 0; i < run->mount_count; i++) {
		int known = add_mount_key(build, &run->mounts[i], key, may_look, err);

		if (known <= 0)
			return known;
	}
	return 1;
}

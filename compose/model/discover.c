/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/discover.h"

#include "compose/model/project.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char *const file_names[] = {"compose.yaml", "compose.yml", "docker-compose.yml",
					 "docker-compose.yaml"};
static const char *const override_names[] = {"compose.override.yml", "compose.override.yaml",
					     "docker-compose.override.yml",
					     "docker-compose.override.yaml"};

void discover_release(struct discovery *discovery)
{
	environment_release(&discovery->process);
	environment_release(&discovery->first);
	environment_release(&discovery->project);
	strvec_release(&discovery->files);
	strvec_release(&discovery->env_files);
	free(discovery->current);
	free(discovery->directory);
	*discovery = (struct discovery){0};
}

/* $PWD when it means this directory: so that a link's name is kept. */
static char *find_current(const struct environment *environment)
{
	const char *pwd = environment_lookup((void *)environment, "PWD");
	struct stat here, there;

	if (pwd && *pwd == '/' && stat(".", &here) == 0 && stat(pwd, &there) == 0 &&
	    here.st_dev == there.st_dev && here.st_ino == there.st_ino)
		return path_clean(pwd);
	return getcwd(NULL, 0);
}

static bool is_file(const char *directory, const char *name)
{
	auto_free char *path = path_join(directory, name);
	struct stat found;

	return stat(path, &found) == 0 && !S_ISDIR(found.st_mode);
}

/* ------------------------------------------------------------------ .env */

static int load_env_file(struct discovery *discovery, const char *path, struct error *err)
{
	if (strvec_contains(&discovery->env_files, path))
		return 0;
	if (environment_load(&discovery->project, path, err) == 0) {
		strvec_add(&discovery->env_files, path);
		return 0;
	}
	if (err->code == ENOENT || err->code == ENOTDIR)
		return error_set(err, ERROR_NOT_FOUND, "couldn't find env file: %s", path);
	return -1;
}

/* The CLI's --env-file, else COMPOSE_ENV_FILES. 1: these are all; 0: look for .env. */
static int load_explicit_env_files(struct discovery *discovery,
				   const struct project_request *request, struct error *err)
{
	const char *listed = environment_lookup(&discovery->process, "COMPOSE_ENV_FILES");
	auto_strvec struct strvec files = {0};

	if (request->env_files && *request->env_files) {
		strvec_add_all(&files, request->env_files);
	} else if (listed && *listed) {
		auto_free char *copy = alloc_string(listed);
		char *rest = copy, *name;

		while ((name = strsep(&rest, ",")))
			if (*name)
				strvec_add(&files, name);
	}
	strvec_each (file, &files) {
		auto_free char *path = path_join(discovery->current, *file);

		if (load_env_file(discovery, path, err) < 0)
			return -1;
	}
	return files.count > 0;
}

static int is_env_disabled(const struct discovery *discovery, struct error *err)
{
	const char *text =
		environment_lookup((void *)&discovery->process, "COMPOSE_DISABLE_ENV_FILE");
	static const char *const words[] = {"0", "f", "false", "1", "t", "true"};

	if (!text || !*text)
		return 0;
	for (int i = 0; i < (int)array_length(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return i >= 3;
	return error_set(err, ERROR_INVALID,
			 "COMPOSE_DISABLE_ENV_FILE is '%s'; it must be true or false", text);
}

/* Of a directory and only once; that there is none is no mistake. */
static int load_dot_env(struct discovery *discovery, struct environment *environment,
			const char *directory, struct error *err)
{
	auto_free char *path = path_join(directory, ".env");
	struct error failure = {0};

	if (strvec_contains(&discovery->env_files, path))
		return 0;
	if (environment_load(environment, path, &failure) == 0)
		strvec_add(&discovery->env_files, path);
	else if (failure.code != ENOENT && failure.code != ENOTDIR && failure.code != EISDIR)
		return error_pass(err, &failure);
	return 0;
}

/* ------------------------------------------------------------------ compose files */

bool discover_is_remote(const char *text)
{
	static const char *const starts[] = {"git@", "github.com/", "docker-image:"};
	size_t length = strlen(text);

	for (size_t i = 0; i < array_length(starts); i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return strstr(text, "://") || strstr(text, ".git#") ||
	       (length > 4 && strcmp(text + length - 4, ".git") == 0);
}

static int add_file(struct discovery *discovery, const char *file, struct error *err)
{
	if (discover_is_remote(file))
		return error_set(err, ERROR_UNSUPPORTED,
				 "'%s': remote compose files are not supported; fetch it first and "
				 "name the local file",
				 file);
	if (strcmp(file, "-") == 0)
		strvec_add(&discovery->files, file);
	else
		strvec_add_owned(&discovery->files, path_join(discovery->current, file));
	return 0;
}

static int add_listed_files(struct discovery *discovery, const char *listed, struct error *err)
{
	const char *separator = environment_lookup(&discovery->project, "COMPOSE_PATH_SEPARATOR");
	size_t length;

	if (!separator || !*separator)
		separator = ":";
	length = strlen(separator);
	while (*listed) {
		const char *end = strstr(listed, separator);
		auto_free char *file = NULL;

		if (!end)
			end = listed + strlen(listed);
		file = alloc_string_n(listed, (size_t)(end - listed));
		if (*file && add_file(discovery, file, err) < 0)
			return -1;
		listed = *end ? end + length : end;
	}
	return 0;
}

static bool find_in(struct discovery *discovery, const char *directory)
{
	const char *found = NULL;

	for (size_t i = 0; i < array_length(file_names); i++) {
		if (!is_file(directory, file_names[i]))
			continue;
		if (found)
			log_warning_once("found several compose files in '%s': %s is used, %s is "
					 "not",
					 directory, found, file_names[i]);
		else
			found = file_names[i];
	}
	if (!found)
		return false;
	strvec_add_owned(&discovery->files, path_join(directory, found));
	for (size_t i = 0; i < array_length(override_names); i++)
		if (is_file(directory, override_names[i])) {
			strvec_add_owned(&discovery->files,
					 path_join(directory, override_names[i]));
			break;
		}
	return true;
}

static bool search_upward(struct discovery *discovery, const char *start)
{
	auto_free char *directory = alloc_string(start);

	for (;;) {
		char *slash;

		if (find_in(discovery, directory))
			return true;
		slash = strrchr(directory, '/');
		if (!slash || !directory[1])
			return false;
		slash[slash == directory] = '\0';
	}
}

/* -f, else COMPOSE_FILE, else the search. */
static int find_files(struct discovery *discovery, const struct project_request *request,
		      const char *start, struct error *err)
{
	const char *listed = environment_lookup(&discovery->project, "COMPOSE_FILE");

	for (char **file = request->files; file && *file; file++)
		if (add_file(discovery, *file, err) < 0)
			return -1;
	if (!discovery->files.count && listed && add_listed_files(discovery, listed, err) < 0)
		return -1;
	if (!discovery->files.count)
		search_upward(discovery, start);
	return 0;
}

static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return alloc_string_n(path, slash == path ? 1 : (size_t)(slash - path));
}

/* What --project-directory says, else where the first of @files is that is a file; else NULL. */
static char *given_directory(const struct discovery *discovery, const char *directory,
			     char *const *files)
{
	if (directory)
		return path_join(discovery->current, directory);
	for (; files && *files; files++) {
		auto_free char *path = path_join(discovery->current, *files);

		if (strcmp(*files, "-") != 0 && !discover_is_remote(*files))
			return directory_of(path);
	}
	return NULL;
}

static int find_environments(struct discovery *discovery, const struct project_request *request,
			     struct arena *arena, struct error *err)
{
	const char *pwd;

	environment_init(&discovery->process, NULL, arena);
	environment_init(&discovery->first, &discovery->process, arena);
	environment_init(&discovery->project, &discovery->first, arena);
	environment_add_all(&discovery->process, request->environment);
	discovery->current = find_current(&discovery->process);
	if (!discovery->current)
		return error_errno(err, "cannot find the current directory");
	/* Services that run from cron or systemd have none, and "${PWD}/data" must not be "/data".
	 */
	pwd = environment_lookup(&discovery->process, "PWD");
	if (!pwd || !*pwd)
		environment_set(&discovery->process, "PWD", discovery->current);
	return 0;
}

/* The .env where we start may say what the project's files are (COMPOSE_FILE); that of the
 * directory where they are comes second, and says only what the first did not. */
int discover_project(struct discovery *discovery, const struct project_request *request,
		     struct arena *arena, struct error *err)
{
	auto_free char *start = NULL;
	int is_explicit, is_disabled;

	if (find_environments(discovery, request, arena, err) < 0)
		return -1;
	start = given_directory(discovery, request->directory, request->files);
	if (!start)
		start = alloc_string(discovery->current);
	is_explicit = load_explicit_env_files(discovery, request, err);
	is_disabled = is_explicit ? 1 : is_env_disabled(discovery, err);
	if (is_explicit < 0 || is_disabled < 0 ||
	    (!is_disabled && load_dot_env(discovery, &discovery->first, start, err) < 0) ||
	    find_files(discovery, request, start, err) < 0)
		return -1;
	discovery->directory =
		given_directory(discovery, request->directory, discovery->files.items);
	if (!discovery->directory)
		discovery->directory = alloc_string(discovery->current);
	if (!is_disabled &&
	    load_dot_env(discovery, &discovery->project, discovery->directory, err) < 0)
		return -1;
	if (!discovery->files.count)
		return error_set(err, ERROR_NOT_FOUND,
				 "no configuration file provided: not found: there is no "
				 "compose.yaml in '%s' or above it; name one with -f",
				 start);
	return 0;
}

/* ------------------------------------------------------------------ names */

char *discover_normalize_name(const char *text)
{
	char *name = alloc_string(text), *out = name;

	for (; *text; text++) {
		int c = tolower((unsigned char)*text);

		if (isalnum(c) || (out > name && (c == '_' || c == '-')))
			*out++ = (char)c;
	}
	*out = '\0';
	return name;
}

int discover_explicit_name(const struct discovery *discovery, const struct project_request *request,
			   const char **name, struct error *err)
{
	const char *text = request->name;
	auto_free char *normalized = NULL;

	*name = NULL;
	if (!text || !*text)
		text = environment_lookup((void *)&discovery->project, "COMPOSE_PROJECT_NAME");
	if (!text || !*text)
		return 0;
	normalized = discover_normalize_name(text);
	if (strcmp(normalized, text) != 0 || strlen(text) > 128)
		return error_set(err, ERROR_INVALID,
				 "invalid project name \"%s\": must consist only of lowercase "
				 "alphanumeric characters, hyphens, and underscores as well as "
				 "start with a letter or number",
				 text);
	*name = text;
	return 0;
}

char *discover_display_path(const struct discovery *discovery, const char *path)
{
	size_t length = strlen(discovery->current);

	if (strncmp(path, discovery->current, length) == 0 && path[length] == '/')
		return alloc_string(path + length + 1);
	return alloc_string(path);
}

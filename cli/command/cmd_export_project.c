/* SPDX-License-Identifier: Apache-2.0 */
/* `export compose`, `export kubernetes` and `export systemd`: the project as files that need
 * nothing of it, into a folder or to standard output. What has no place there is said with where it
 * stands. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/file_output.h"
#include "base/strbuf.h"
#include "cli/invocation.h"
#include "cli/screen/output.h"
#include "cli/table.h"
#include "compose/bundle/compose_project.h"
#include "compose/export/export.h"
#include "engine/engine.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct export_project_options {
	bool has_secrets, to_stdout;
	const char *output, *wait_image;
};

#define PROJECT_OPTIONS(folder)                                                                    \
	OPTION(STRING, "output", 'o', export_project_options, output,                              \
	       "Write to files in this folder", .value = "DIR", .fallback = folder),               \
		OPTION(BOOL, "stdout", 0, export_project_options, to_stdout,                       \
		       "Print all files instead")

static const struct option_spec kubernetes_options[] = {
	PROJECT_OPTIONS("kubernetes"),
	OPTION(BOOL, "secrets", 0, export_project_options, has_secrets,
	       "Write secrets, too, in clear"),
	OPTION(STRING, "wait-image", 0, export_project_options, wait_image,
	       "Wait for dependencies with sh, nc and nslookup of this image", .value = "IMAGE",
	       .fallback = "busybox"),
	{0},
};

static const struct option_spec compose_options[] = {
	OPTION(STRING, "output", 'o', export_project_options, output,
	       "Write to this folder, with all files, or to this .yaml file", .value = "FILE|DIR",
	       .fallback = "compose"),
	OPTION(BOOL, "stdout", 0, export_project_options, to_stdout, "Print the file instead"),
	OPTION(BOOL, "secrets", 0, export_project_options, has_secrets,
	       "Write secrets into the folder, too, in clear"),
	{0},
};

static const struct option_spec systemd_options[] = {PROJECT_OPTIONS("systemd"), {0}};

static int project_check(const void *data, struct error *err)
{
	const struct export_project_options *options = data;

	if (options->to_stdout && options->output)
		return error_set(err, ERROR_INVALID, "--stdout and --output exclude each other");
	return 0;
}

static int load(struct invocation *invocation, struct project *project, struct error *err)
{
	struct project_request request = {.use = PROJECT_TO_SHOW};

	globals_project_request(invocation->globals, &request);
	if (invocation_load(invocation, &request, project, err) < 0)
		return -1;
	project_drop_unused(project);
	return 0;
}

static int write_files(const struct export_result *result, const char *folder, struct error *err)
{
	for (size_t i = 0; i < result->file_count; i++) {
		const struct export_file *file = &result->files[i];
		auto_free char *path = alloc_format("%s/%s", folder, file->path);
		char *slash = strrchr(path, '/');

		*slash = '\0';
		if (file_make_directories(AT_FDCWD, path, 0755, err) < 0)
			return -1;
		*slash = '/';
		if (file_output_write(path, file->text, file->length,
				      file->is_private ? 0600 : 0644, err) < 0)
			return -1;
	}
	return 0;
}

/* What units have to run: this program, wherever it is. */
static int find_program(char **path, struct error *err)
{
	*path = realpath("/proc/self/exe", NULL);
	return *path ? 0 : error_errno(err, "cannot find this program's own path");
}

static int project_run(struct invocation *invocation, struct error *err)
{
	const struct export_project_options *options = invocation->options;
	const enum export_target *target = invocation->command->data;
	struct project project = {0};
	struct export_result result;
	struct export_request request = {
		.project = &project,
		.target = *target,
		.has_secrets = options->has_secrets,
		.wait_image = options->wait_image ? options->wait_image : "busybox",
	};
	auto_strbuf struct strbuf text = {0};
	auto_free char *program = NULL;

	if (find_program(&program, err) < 0)
		return -1;
	request.program = program;
	if (load(invocation, &project, err) < 0 ||
	    export_project(&result, &request, invocation->arena, err) < 0)
		return -1;
	export_say_notes(result.notes, result.note_count);
	if (!options->to_stdout)
		return write_files(&result,
				   options->output ? options->output : invocation->command->name,
				   err);
	export_join(&text, &result, *target);
	output_text(strbuf_text(&text), text.length);
	return 0;
}

/* ------------------------------------------------------------------ a compose file */

/* A file by its name, or because it is one. */
static bool is_file(const char *path)
{
	const char *dot = strrchr(path, '.');
	struct stat status;

	if (stat(path, &status) == 0)
		return !S_ISDIR(status.st_mode);
	return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int compose_check(const void *data, struct error *err)
{
	const struct export_project_options *options = data;

	if (options->has_secrets &&
	    (options->to_stdout || (options->output && is_file(options->output))))
		return error_set(err, ERROR_INVALID,
				 "a compose file has no place for secrets: with --secrets name a "
				 "folder by --output");
	return project_check(data, err);
}

static int compose_write(const struct compose_result *result, const char *output, struct error *err)
{
	const struct bundle_file *file = &result->files[0];

	if (!output)
		output_text(file->text, (size_t)file->size);
	else if (is_file(output))
		return file_output_write(output, file->text, (size_t)file->size, 0644, err);
	else
		return bundle_write_folder(result->files, result->count, output, err);
	return 0;
}

static int compose_run(struct invocation *invocation, struct error *err)
{
	const struct export_project_options *options = invocation->options;
	const struct globals *globals = invocation->globals;
	const char *output = options->to_stdout ? NULL
			     : options->output	? options->output
						: invocation->command->name;
	struct project project = {0};
	struct compose_request request = {.project = &project,
					  .is_folder = output && !is_file(output),
					  .has_secrets = options->has_secrets};
	bool has_engine = geteuid() == 0;
	struct compose_result result;
	struct engine engine;
	int status;

	if (load(invocation, &project, err) < 0 ||
	    (has_engine && engine_open(&engine, globals->root, globals->run, err) < 0))
		return -1;
	if (has_engine)
		request.layout = &engine.layout;
	status = compose_project(&result, &request, invocation->arena, err);
	if (has_engine)
		engine_close(&engine);
	if (status < 0)
		return -1;
	export_say_notes(result.notes, result.note_count);
	return compose_write(&result, output, err);
}

static const struct command export_to_compose =
	COMMAND("compose", "", "Write the project as one compose file, its images by digest",
		EXAMPLE("-o shop", "Write compose.yaml and the files that it names into shop"),
		EXAMPLE_TOO("--stdout", "Print a file for this machine, with nothing to resolve"),
		.needs = CHANGES_NOTHING, COMMAND_OPTIONS(export_project_options, compose_options),
		.check = compose_check, .run = compose_run);

static const struct command export_to_kubernetes =
	COMMAND("kubernetes", "", "Write the project as objects of Kubernetes",
		EXAMPLE("-o manifests", "Write a file for each service into the folder manifests"),
		EXAMPLE_TOO("--stdout | kubectl apply -f -", "Give all objects to a cluster"),
		.needs = CHANGES_NOTHING,
		COMMAND_OPTIONS(export_project_options, kubernetes_options), .check = project_check,
		.run = project_run, .data = &(const enum export_target){EXPORT_KUBERNETES});

static const struct command export_to_systemd = COMMAND(
	"systemd", "", "Write the project as units: one that runs coracle, and Quadlet files",
	EXAMPLE("-o units", "Write shop.service and quadlet/ into the folder units"),
	.needs = CHANGES_NOTHING, COMMAND_OPTIONS(export_project_options, systemd_options),
	.check = project_check, .run = project_run,
	.data = &(const enum export_target){EXPORT_SYSTEMD});

const struct command_entry cmd_export_verbs[] = {
	{"compose", &export_to_compose},
	{"docker-compose", &export_to_compose},
	{"k8s", &export_to_kubernetes},
	{"kubernetes", &export_to_kubernetes},
	{"quadlet", &export_to_systemd},
	{"systemd", &export_to_systemd},
	{0},
};

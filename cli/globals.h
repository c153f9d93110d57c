/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/globals.h - the options that stand before the command, completed from the environment.
 */
#pragma once

#include "base/strvec.h"
#include "cli/options.h"
#include "cli/screen/progress.h"

#include <stdbool.h>

struct error;
struct project;
struct project_request;

struct globals {
	struct strvec files, profiles, env_files;
	const char *project_name, *directory;
	const char *verify; /* path of the key that must have signed a bundle; NULL */
	const char *progress, *ansi;
	const char *root, *run;
	const char *host, *context, *config, *log_level; /* those of docker */
	/* Those of the OCI command line. */
	const char *oci_root, *oci_log, *oci_log_format, *oci_rootless, *oci_cgroup_manager;
	bool oci_systemd_cgroup;
	int oci_log_fd; /* 0: none */
	bool dry_run, debug, all_resources, no_ansi, show_version, compatibility;
	int parallel;
	bool has_variables;		  /* COMPOSE_ANSI and the like are about this command */
	enum progress_mode progress_mode; /* filled by globals_complete */
	bool has_colour;		  /* of stderr */
	bool hides_warnings;		  /* the same */
};

/* About the project; about this program; those of the docker command. */
extern const struct option_spec globals_compose_options[], globals_options[],
	globals_docker_options[];
/* What may also stand behind any command. */
extern const struct option_spec globals_common_options[];
/* Ours: where a bundle may be the compose file, and the same behind the command. */
extern const struct option_spec globals_bundle_options[], globals_file_options[];

/* What docker takes from the environment: which daemon is meant. */
void globals_take_docker(struct globals *globals);
/* Fills from the environment what was not given, and checks. */
int globals_complete(struct globals *globals, struct error *err);
/* --progress behind a command. */
int globals_set_progress(struct globals *globals, const char *text, struct error *err);
void globals_release(struct globals *globals);
void globals_project_request(const struct globals *globals, struct project_request *request);
/* A COMPOSE_… variable, from the environment or the project's .env; NULL. @project may be NULL. */
const char *globals_variable(const struct project *project, const char *name);
/* The same as true or false; ERROR_INVALID names the variable. */
int globals_flag(bool *value, const struct project *project, const char *name, struct error *err);
/* --parallel or COMPOSE_PARALLEL_LIMIT: how many containers at once; 0: nothing was said. */
int globals_limit(size_t *limit, const struct globals *globals, const struct project *project,
		  struct error *err);
/* Colour on descriptor 1 or 2, as --ansi and NO_COLOR say. */
bool globals_has_colour(const struct globals *globals, int fd);

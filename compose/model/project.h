/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/project.h - door: compose files to a project.
 *
 * project_load does all of it: which files, which name, .env, interpolation, merge, extends,
 * include, schema, normalisation, consistency, profiles. The model it fills is
 * compose/model/model.h.
 */
#pragma once

#include "compose/model/model.h"

#include <stdbool.h>

struct arena;
struct error;
struct map;
struct strbuf;
struct strvec;

/* What the model is for. Of the services that are named (or are on) and of what they depend on: */
enum project_use {
	PROJECT_TO_RUN,	 /* all that speaks against running them is an error */
	PROJECT_TO_SHOW, /* what only we cannot do is a warning */
	PROJECT_TO_FIND, /* nothing is judged: containers are there already */
};

struct project_request {
	char **files;	  /* -f; NULL: COMPOSE_FILE, then the search upward from cwd */
	const char *text; /* what the only one of @files says, which is a name then; NULL */
	const char *name; /* -p; NULL: COMPOSE_PROJECT_NAME, name:, directory */
	/* project.name_separator; NULL: "_" when COMPOSE_COMPATIBILITY is true, else "-". */
	const char *name_separator;
	char **profiles;       /* --profile; "*" is all */
	char **env_files;      /* --env-file; NULL: .env */
	const char *directory; /* --project-directory */
	char **environment;    /* the process environment */
	char **services;       /* named on the command line: they activate their profiles */
	enum project_use use;  /* what is judged */
	bool for_stack; /* `version` is as it should be, and container_name is said to be ignored */
	bool all_profiles; /* teardown commands: consider every service */
	bool no_interpolate, no_normalize, no_path_resolution, no_consistency, no_env_resolution;
};

/* ERROR_NOT_FOUND: there is no compose file. Errors carry file:line:column; when several
 * independent ones were found, @err has the first and @problems (may be NULL) a line for each. */
int project_load(struct project *project, const struct project_request *request,
		 struct arena *arena, struct strbuf *problems, struct error *err);

/* Only the name that a project_load with this request would find, also without any compose file;
 * for commands that work from labels. */
int project_find_name(const struct project_request *request, char **name, struct error *err);

/* Keeps only @services and what they depend on. */
void project_select(struct project *project, char *const *services);
/* Adds "services.NAME" of those that @services name (patterns; none: all that are enabled) and of
 * what they depend on, and "networks.NAME" and so on of what these use. */
void project_list_asked(struct map *asked, const struct project *project, char *const *services);
/* Drops networks, volumes, secrets and configs that no enabled service uses. */
void project_drop_unused(struct project *project);

/* `config` output. */
enum project_format { PROJECT_YAML, PROJECT_JSON };
void project_print(struct strbuf *out, const struct project *project, enum project_format format);
/* A text as YAML writes the value of a member of a member. */
void project_print_text(struct strbuf *out, const char *text);
/* The models that services use, as their runner knows them. */
void project_model_names(const struct project *project, struct strvec *names);
/* A variable that the compose files use. */
struct project_variable {
	char *name;
	char *default_value, *alternate; /* ${V:-default}, ${V:+alternate}; NULL: none */
	bool is_required;		 /* ${V:?} */
};
/* Those of a project loaded with no_interpolate, by name. Returns how many. */
size_t project_variables(const struct project *project, struct project_variable **variables,
			 struct arena *arena);
/* A row of the table of attributes, in words. */
struct project_attribute {
	const char *path;    /* "services.*.ports[].target" */
	const char *value;   /* "A number from -1000 to 1000" */
	const char *support; /* "honoured" */
	const char *note;    /* why, or what to do instead; "" */
};
typedef void project_visit(const struct project_attribute *attribute, void *data);
/* Each attribute that can be written, with those inside behind it. */
void project_each_attribute(project_visit *visit, void *data);
/* A Markdown table of all attributes and how they are supported. */
void project_describe_attributes(struct strbuf *out);
/* The service's config hash: SHA-256 over its resolved JSON without what does not shape the
 * container (build, pull_policy, scale, deploy.replicas, depends_on, profiles). 65 bytes. */
void project_service_hash(char hex[65], const struct project *project,
			  const struct service *service);

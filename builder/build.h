/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/build.h - door: a Dockerfile and a context become an image.
 *
 * build_run parses, plans (only the stages that the target needs), looks up what the cache has, and
 * runs the rest: independent stages side by side, each step in a process of its own. Everything
 * that can be refused is refused before the first step.
 */
#pragma once

#include "base/json.h"
#include "base/pair.h"
#include "engine/engine.h"
#include "runtime/spec.h"
#include "storage/image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

struct build_event;
struct build_outline;

struct build_secret {
	const char *id;
	const char *file;    /* path; NULL: @env */
	const char *env;     /* name of a variable of the caller's environment; NULL: @content */
	const char *content; /* given as it is */
};
struct build_ssh {
	const char *id;	  /* "default" */
	const char *path; /* an agent's socket, or a private key; NULL: SSH_AUTH_SOCK */
};
enum build_output_type {
	BUILD_OUTPUT_IMAGE, /* into the store */
	BUILD_OUTPUT_LOCAL, /* files into a directory */
	BUILD_OUTPUT_TAR,   /* files as a tar */
	BUILD_OUTPUT_OCI,   /* the image as an archive */
	BUILD_OUTPUT_DOCKER,
	BUILD_OUTPUT_CACHE_ONLY
};
struct build_output {
	enum build_output_type type;
	const char *destination; /* a path; "-": @fd */
	int fd;
};
struct build_cache_place { /* --cache-from, --cache-to */
	const char *type;  /* "local", "registry", "inline" */
	const char *where; /* a directory; a reference */
	bool is_max;	   /* of --cache-to: mode=max */
};

struct build_request {
	/* what is built */
	const char *context;	/* as struct context_request's location */
	const char *dockerfile; /* NULL: "Dockerfile" of the context */
	bool is_from_context;
	bool hides_own_files; /* as struct context_request's */
	const char *dockerfile_inline;
	int stdin_fd;
	struct pair *named_contexts; /* name → path, URL, docker-image://REF, oci-layout://PATH */
	size_t named_context_count;
	const char *target;   /* NULL: the last stage */
	const char *platform; /* NULL: this host's */
	bool is_beside; /* what its names mean for other platforms stays: one of several builds */
	struct pair *args; /* value NULL: taken from the caller's environment, or not there */
	size_t arg_count;
	struct pair *labels;
	size_t label_count;
	char **names;		      /* of the result; NULL-terminated, in any form; NULL: none */
	struct build_output *outputs; /* none: into the store */
	size_t output_count;
	/* how */
	bool no_cache, pulls;	/* --pull: bases are asked for again */
	char **no_cache_filter; /* names of stages */
	struct build_cache_place *cache_from, *cache_to;
	size_t cache_from_count, cache_to_count;
	struct build_secret *secrets;
	size_t secret_count;
	struct build_ssh *ssh;
	size_t ssh_count;
	char **extra_hosts; /* "HOST:IP" or "HOST=IP" */
	const char *network;
	int64_t shm_size; /* 0: Docker's */
	struct spec_rlimit *ulimits;
	size_t ulimit_count;
	struct spec_resources resources; /* of each step */
	const char *cgroup_parent;
	bool allows_insecure, allows_host_network; /* --allow security.insecure, network.host */
	bool is_privileged;			   /* every step: compose's privileged */
	size_t limit;  /* steps at once; 0: as many as there are processors */
	int cancel_fd; /* 0: none; when it is readable nothing more is begun, steps end: ECANCELED
			*/
	/* How it goes; NULL. Called in this process. */
	void (*progress)(const struct build_event *event, void *data);
	/* Before the first step; the lines stay as long as the arena. NULL. */
	void (*planned)(const struct build_outline *outline, void *data);
	void *data;
};

enum build_event_kind {
	BUILD_STEP_BEGUN,
	BUILD_STEP_CACHED,
	BUILD_STEP_OUTPUT,   /* @bytes of stream 1 or 2 */
	BUILD_STEP_PROGRESS, /* @done of @total bytes of @text: a layer that is pulled, a context */
	BUILD_STEP_NOTE,     /* @text: "naming to docker.io/library/x:latest" */
	BUILD_STEP_DONE,
	BUILD_STEP_FAILED, /* @text: why */
	BUILD_STEP_CANCELED,
	BUILD_WARNING /* @text; step 0 */
};
struct build_event {
	enum build_event_kind kind;
	int step;	  /* from 1, in the order of the plan */
	const char *name; /* "[build 2/5] RUN make", "[internal] load build context" */
	const char *text;
	const char *bytes;
	size_t length;
	int stream;
	int64_t done, total;
	int64_t time_ns;     /* CLOCK_MONOTONIC */
	int64_t duration_ns; /* of DONE, FAILED */
};

/* The Dockerfile's lines that the target needs, in their order. */
struct build_outline_line {
	const char *text; /* "RUN make $TARGET" */
	int step;	  /* of events; 0: it makes no layer */
};
struct build_outline {
	struct build_outline_line *lines;
	size_t count;
};

struct build_result {
	const char *id, *digest; /* "sha256:…"; NULL: no image was asked for */
	char **names;		 /* full */
	size_t cached, run;	 /* steps */
	const char *document;	 /* the image's config, as text */
};
/* The error of a step that failed says which one, where in the Dockerfile, and its exit code, which
 * is a fact of it, too (@err->code is ERROR_INVALID for what the Dockerfile says, ECANCELED when it
 * was cancelled). */
int build_run(struct engine *engine, const struct build_request *request,
	      struct build_result *result, struct arena *arena, struct error *err);

/* --check: nothing is built. */
struct dockerfile_warning;
struct build_checked {
	const char *dockerfile_name;
	const char *text; /* of the Dockerfile, for excerpts */
	size_t length;
	struct dockerfile_warning *warnings;
	size_t count;
	bool is_error; /* "# check=error=true" */
};
int build_check(struct engine *engine, const struct build_request *request,
		struct build_checked *checked, struct arena *arena, struct error *err);

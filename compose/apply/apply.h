/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/apply.h - door: makes reality equal to the model, and takes it down again.
 *
 * Every call looks at what exists (compose/actual), plans (compose/plan, pure) and executes the
 * graph, in parallel where its edges allow. Progress goes through the callback; nothing prints.
 */
#pragma once

#include "compose/model/project.h"
#include "engine/container.h"

#include <stdbool.h>

struct arena;
struct build_event;
struct build_request;
struct error;
struct json_object;

enum apply_event_kind {
	APPLY_WORKING,
	APPLY_DONE,
	APPLY_FAILED,
	APPLY_SKIPPED,
	APPLY_PENDING, /* as it is, and not yet as it shall be: for counts, no news */
};

struct apply_event {
	enum apply_event_kind kind;
	const char *object; /* "Container shop-web-1", "Network shop_default", "Volume shop_data" */
	const char *parent; /* the object that this one is a part of: a layer's image; NULL: none */
	const char *action; /* "Creating", "Created", "Starting", "Healthy", "Error", … */
	const char *detail; /* why (a recreation's reason, an error); NULL */
	int64_t done, total; /* bytes of what is moved; total 0: it is not about that */
};

typedef void apply_progress(const struct apply_event *event, void *data);

/* A line of what a hook in a container writes, or a piece of a long one: at most APPLY_OUTPUT_PIECE
 * bytes. */
struct apply_output {
	const char *container; /* its name */
	const char *service;
	const char *bytes; /* with its newline, where one has come */
	size_t length;	   /* 0: the hook has ended */
};
#define APPLY_OUTPUT_PIECE ((size_t)4096)

typedef void apply_output(const struct apply_output *output, void *data);

/* What happens in one of the builds that go on at once. */
struct apply_build_event {
	size_t job;
	const char *label;		 /* whose; NULL: there is only one */
	const struct build_event *event; /* NULL: nothing has happened for a moment */
};

typedef void apply_build_progress(const struct apply_build_event *event, void *data);

struct apply {
	struct engine *engine;
	const struct project *project; /* NULL for teardown from labels alone: then name is set */
	const char *project_name;
	char **services; /* the selection; NULL: all */
	bool dry_run;
	size_t limit; /* how many containers at once; 0: as many as seems right */
	/* When it is readable, nothing more is begun: ECANCELED, with what that leaves as the text
	 * ("interrupted: 3 of 5 containers are started"); 0: none. */
	int cancel_fd;
	apply_progress *progress;
	apply_output
		*output; /* NULL: what hooks write is dropped, but for the end of a failing one's */
	apply_build_progress *builds; /* NULL: nothing is said of what builds do */
	void *data;		      /* of all three */
	/* Called ten times a second while something is waited for; NULL: nobody sees time pass. */
	void (*tick)(void *data);
	void *tick_data;
};

struct apply_scale {
	const char *service;
	int replicas;
};

struct apply_up {
	bool no_start, no_deps, force_recreate, no_recreate, always_recreate_deps;
	bool remove_orphans, renew_anon_volumes, all_resources;
	struct apply_scale *scales;
	size_t scale_count;
	int64_t timeout_ns;	  /* for stopping what is replaced; -1: each its own */
	bool wait;		  /* until running or healthy */
	int64_t wait_timeout_ns;  /* 0: none */
	bool create_only_missing; /* run: start dependencies only */
	/* Asked before data is lost (a volume is described differently now); NULL: the answer is
	 * no. */
	bool (*confirm)(const char *question, void *data);
	void *confirm_data;
	const char *pull; /* --pull: instead of every service's pull_policy; NULL */
	bool quiet_pull;  /* nothing about layers */
	bool builds;	  /* all that can be built, instead of what is missing */
	bool no_build;
	bool quiet_build; /* nothing about steps */
};
int apply_up(const struct apply *apply, const struct apply_up *options, struct error *err);

struct apply_down {
	bool remove_orphans, remove_volumes, remove_local_images, remove_all_images;
	int64_t timeout_ns; /* -1: each its own */
};
int apply_down(const struct apply *apply, const struct apply_down *options, struct error *err);

int apply_start(const struct apply *apply, bool wait, int64_t wait_timeout_ns, struct error *err);
/* After the host has started anew: those of the project's containers that should run again
 * (engine/container_resume.h), each when the conditions of its dependencies hold. Without a model
 * the labels say what those are, and contents of secrets and configs are not to be had. */
int apply_resume(const struct apply *apply, struct error *err);
int apply_stop(const struct apply *apply, int64_t timeout_ns, struct error *err);
int apply_restart(const struct apply *apply, bool no_deps, int64_t timeout_ns, struct error *err);
int apply_kill(const struct apply *apply, const char *signal, bool remove_orphans,
	       struct error *err);
/* Removes stopped ones; with @stop running ones too. */
int apply_remove(const struct apply *apply, bool stop, bool volumes, struct error *err);
int apply_pause(const struct apply *apply, bool paused, struct error *err);

/* `run`: creates a one-off container of @service from the model and @config's overrides. */
struct apply_run {
	const char *service;
	char **command;	   /* NULL: the service's */
	char **entrypoint; /* NULL: the service's; set, it clears the command */
	char **env;	   /* NAME=value; NAME removes */
	char **labels, **volumes, **publish, **cap_add, **cap_drop;
	const char *name, *user, *working_dir;
	bool service_ports, use_aliases, no_deps, tty, stdin_open, auto_remove, remove_orphans;
	const char *pull; /* as in struct apply_up, and the next four */
	bool quiet_pull, builds, no_build, quiet_build;
};
int apply_create_run(const struct apply *apply, const struct apply_run *run,
		     struct container *container, struct arena *arena, struct error *err);

/* The images of the selected services from their Dockerfiles, those of services that are contexts
 * of others included; one that several services share is built once. */
struct apply_build {
	bool with_dependencies, push, no_cache, pulls;
	char **args;	 /* "NAME=VALUE", "NAME": from the environment */
	const char *ssh; /* "default", "ID=PATH"; NULL */
	int64_t memory;	 /* bytes for each step; 0: no limit */
};
int apply_build(const struct apply *apply, const struct apply_build *options, struct error *err);
/* The requests that would be made, NULL-terminated: for checks. */
int apply_build_requests(struct build_request ***requests, const struct apply *apply,
			 const struct apply_build *options, struct arena *arena, struct error *err);
/* The same as `docker buildx bake` wants it. The caller frees it. */
int apply_build_print(struct json_object **document, const struct apply *apply,
		      const struct apply_build *options, struct error *err);

/* The images of the selected services from their registries, each once, several at once. Goes on
 * after a failure and returns the first one. */
struct apply_pull {
	const char *policy; /* "missing" or "always", instead of pull_policy; NULL: neither */
	bool ignore_buildable, ignore_failures, include_deps, quiet;
};
int apply_pull(const struct apply *apply, const struct apply_pull *options, struct error *err);
struct apply_push {
	bool ignore_failures, include_deps, quiet;
};
int apply_push(const struct apply *apply, const struct apply_push *options, struct error *err);
/* One image by its name, outside of any project: @apply needs an engine. The same is told of it. */
struct apply_image {
	const char *reference;
	const char *platform; /* pull; NULL: this host's */
	bool blobs;	      /* as in struct image_pull */
	bool quiet;	      /* nothing is told */
};
struct apply_image_result {
	const char *name;   /* full */
	const char *digest; /* "sha256:…" */
	bool is_new;	    /* pull: the name means another image than before */
	int64_t size;	    /* push: of the manifest */
};
int apply_pull_image(const struct apply *apply, const struct apply_image *image,
		     struct apply_image_result *result, struct arena *arena, struct error *err);
int apply_push_image(const struct apply *apply, const struct apply_image *image,
		     struct apply_image_result *result, struct arena *arena, struct error *err);
/* Is @policy one that `pull_policy` and --pull know? ERROR_INVALID lists them. */
int apply_check_pull_policy(const char *policy, struct error *err);

/* "project-service-1", or the service's container_name. */
const char *apply_container_name(const struct project *project, const struct service *service,
				 int number, struct arena *arena);
/* The project's containers as they are: label com.docker.compose.project, one-offs included or
 * not, of @services only (NULL: all), sorted by service and number. */
int apply_list(const struct apply *apply, bool one_offs, struct container **containers,
	       size_t *count, struct arena *arena, struct error *err);

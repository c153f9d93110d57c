/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/prune.h - what container, network, image and system prune share: the question, and
 * removing what nobody uses.
 *
 * Nothing of a project is touched while another command changes it, nor, with @spares_projects,
 * while one of its containers runs.
 */
#pragma once

#include "base/strvec.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stdint.h>

struct map;

struct prune_options { /* of the commands */
	bool force;
	struct strvec filters;
};

/* Rows for a command whose options begin with struct prune_options. */
#define PRUNE_OPTIONS                                                                              \
	OPTION(LIST, "filter", 0, prune_options, filters,                                          \
	       "Remove only what fits: until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE]",       \
	       .value = "FILTER"),                                                                 \
		OPTION(BOOL, "force", 'f', prune_options, force, "Do not ask for confirmation")

/* What Ctrl-C leaves. */
#define PRUNE_LAST_WORDS(noun)                                                                     \
	.last_words = "interrupted: some of it may be gone already; 'coracle " noun                \
		      " prune' removes the rest"

struct prune {
	struct invocation *invocation;
	const struct strvec *filters;
	bool spares_projects;
	int64_t reclaimed; /* bytes, so far */
};

/* Prints @warning and asks; true without asking when it is forced. */
bool prune_ask(const struct prune_options *options, const char *warning);
void prune_total(const struct prune *prune);

/* Each prints what it removed, with Docker's heading. */
int prune_containers(struct prune *prune, struct error *err);
int prune_networks(struct prune *prune, struct error *err);
int prune_images(struct prune *prune, bool all, bool blobs, struct error *err);
int prune_volumes(struct prune *prune, struct error *err);
int prune_bundles(struct prune *prune, struct error *err);
/* Build cache; @request says how much. */
struct build_cache_prune;
int prune_builds(struct prune *prune, struct build_cache_prune *request, struct error *err);

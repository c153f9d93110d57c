/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/watch/rules.h - `develop.watch` of the selected services as rules on paths of the host.
 *
 * Pure once they are loaded: nothing of the file system is looked at.
 */
#pragma once

#include "compose/model/model.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct ignore;

/* What an action consists of, in the order in which it is done. */
enum watch_deed {
	WATCH_REBUILDS = 1 << 0,
	WATCH_SYNCS = 1 << 1,
	WATCH_RESTARTS = 1 << 2,
	WATCH_EXECS = 1 << 3,
};

struct watch_rule {
	const struct service *service;
	const struct service_watch *config;
	unsigned deeds;
	bool is_initial;     /* what is there is synced when watching begins */
	const char *context; /* of the build whose .dockerignore counts; NULL: none */
	const struct ignore *context_ignore, *own_ignore, *include, *noise; /* NULL: none */
};

struct watch_rules {
	struct watch_rule *items;
	size_t count;
};

/* Of @services, NULL-terminated. ERROR_INVALID: a rule that cannot be carried out, or there is none
 * at all. @no_build: --no-build. */
int watch_rules_load(struct watch_rules *rules, const struct service *const *services,
		     bool no_build, struct arena *arena, struct error *err);

/* Is this rule about the file or directory at @path? */
bool watch_rule_takes(const struct watch_rule *rule, const char *path);
/* May it be about something below the directory @path? */
bool watch_rule_enters(const struct watch_rule *rule, const char *path);
/* What @path is called below the rule's own: "" for that itself; NULL: it is not below it. */
const char *watch_rule_relative(const struct watch_rule *rule, const char *path);
/* Where @path goes in a container. */
char *watch_rule_target(const struct watch_rule *rule, const char *path, struct arena *arena);

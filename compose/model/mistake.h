/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/model/mistake.h - what the parts of validate_service say of a service, and where. Not a
 * door.
 */
#pragma once

#include "compose/model/model.h"
#include "compose/model/place.h"
#include "compose/model/problems.h"

#include <stdbool.h>
#include <stddef.h>

#define INVALID ": invalid compose project"

struct check {
	const struct project *project;
	const struct service *service;
	struct problems *problems;
};

/* The way to an attribute of this service. */
#define OWN(check, ...) WAY(KEY("services"), KEY((check)->service->name), ##__VA_ARGS__)
/* A problem at @way: the service is the format's first %s. Where something is wrong already nothing
 * is added: it may only follow from that. */
#define fail(check, way, format, ...)                                                              \
	do {                                                                                       \
		const struct step *way_ = (way);                                                   \
                                                                                                   \
		if (!mistake_is_known(check, way_))                                                \
			problem_add_at((check)->problems,                                          \
				       place_find((check)->project->tree, way_), format,           \
				       (check)->service->name, ##__VA_ARGS__);                     \
	} while (0)

/* The same of what Docker Compose takes. */
#define fail_limit(check, way, format, ...)                                                        \
	do {                                                                                       \
		const struct step *way_ = (way);                                                   \
                                                                                                   \
		if (!mistake_is_known(check, way_))                                                \
			problem_add_limit((check)->problems,                                       \
					  place_find((check)->project->tree, way_), format,        \
					  (check)->service->name, ##__VA_ARGS__);                  \
	} while (0)

/* What a name may refer to: objects that begin with theirs. */
struct names {
	const void *items;
	size_t count, size;
};
#define NAMES(list) ((struct names){(list).items, (list).count, sizeof(*(list).items)})

/* Is something wrong there already, or in what it is a part of? */
bool mistake_is_known(const struct check *check, const struct step *way);
/* "refers to undefined KIND NAME", which stands in the top-level KINDs or not. */
void mistake_undefined(struct check *check, const struct step *way, const char *kind,
		       const char *name, struct names names);
void mistake_unknown_service(struct check *check, const struct step *way, const char *name);
/* Appends "; did you mean 'NAME'?" when one of @names is near. */
void mistake_suggest(struct strbuf *out, struct names names, const char *text);
bool mistake_is_one_of(const char *text, const char *const *words);

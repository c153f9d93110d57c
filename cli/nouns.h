/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/nouns.h - what the commands on single objects have in common.
 */
#pragma once

#include "cli/command.h"

#include "base/json.h"

struct inspect_options {
	const char *format;
};

extern const struct option_spec nouns_inspect_options[];

/* Describes the named object; NULL with @err (ERROR_NOT_FOUND). */
typedef json *nouns_describe(struct invocation *invocation, const char *name, struct error *err);
/* `inspect`: prints all that are there, says which are not, and returns 1 then. */
int nouns_inspect(struct invocation *invocation, nouns_describe *describe, struct error *err);

/* Each looks up one kind of object. */
nouns_describe nouns_describe_container, nouns_describe_image, nouns_describe_network,
	nouns_describe_volume;

struct key_value {
	const char *name, *value;
};
/* "NAME=value" options; a missing "=" is an empty value. Memory from the arena. */
struct key_value *nouns_pairs(struct invocation *invocation, const struct strvec *rows);

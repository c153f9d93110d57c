/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/offers.h - words that could stand where somebody types: services, containers, images, …
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>

struct globals;
struct invocation;

struct offers {
	const struct invocation *invocation;
	const struct globals *globals; /* as typed so far */
	struct strvec found;
	const char *prefix;	    /* what they begin with */
	const char *verb;	    /* of the command that they are for */
	const struct strvec *given; /* arguments that need not be offered again; NULL */
	bool are_of_stacks;	    /* services are those of stacks */
	bool has_files;		    /* a path of this host would do, too */
};

/* If it begins so, and once. */
void offers_add(struct offers *offers, const char *word);
/* "always missing never". */
void offers_add_words(struct offers *offers, const char *words);
/* What there is of that kind, as help calls it: "SERVICE", "[IMAGE...]", "CONTAINER:PATH", or words
 * as they stand: "self|NODE". Nothing for other words. */
void offers_add_kind(struct offers *offers, const char *word);
/* What --filter takes, as its @help says it: names, and values behind a name. */
void offers_add_filters(struct offers *offers, const char *help);
/* The words that --format takes beside templates. */
void offers_add_formats(struct offers *offers, const char *help, const char *fallback);

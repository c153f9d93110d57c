/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/front.h - the names that this program answers to, and what words each of them knows.
 *
 * As `coracle` all words are there, some of our own too, and one that two mean is Docker Compose's.
 * As `docker-compose`, and behind `docker compose` and `coracle compose`, there are those of Docker
 * Compose; as `docker` those that act on single objects. The name is that of the link that was
 * called. As `coracle-oci`, and behind `coracle oci`, there are those of an OCI runtime.
 */
#pragma once

#include "cli/command.h"

/* How the first screen of help shows a group. */
enum front_group_size {
	GROUP_LISTED, /* a line each */
	GROUP_NAMED,  /* their names */
	GROUP_LATER,  /* not at all: `help --all` does */
};

/* Commands that belong together in help, in the order in which they are shown. */
struct front_group {
	enum front_group_size size;
	const char *title, *words;
};

struct front {
	const char *name; /* as messages and help call it: "docker compose" */
	/* Asked in this order, up to NULL. */
	const struct command_entry *tables[4];
	const struct option_spec *globals[6];
	/* What `compose` in front of a command makes of it; NULL: that is no word here. */
	const struct front *compose;
	const struct front *oci;   /* the same of `oci` */
	const struct front *other; /* who has the words that this one has not; NULL: nobody */
	const char *purpose;	   /* what the general help says first */
	/* Every command that help shows, in one of them; up to one without a title. */
	const struct front_group *groups;
	const struct wording *words; /* how it says what errors state; NULL: as they say it */
	bool is_docker;		     /* there are a client's errors and a daemon's */
	/* Completes its own global options; NULL: there are none. */
	int (*begin)(struct globals *globals, struct error *err);
	/* What goes to stderr is said here, too: "error", "warning", …; NULL: only there. */
	void (*tell)(const struct globals *globals, const char *level, const char *text);
};

extern const struct front front_coracle, front_compose, front_docker, front_oci;

/* By what the program was called: "/usr/bin/docker". */
const struct front *front_named(const char *argv0);
/* What that makes of @word in front of a command: `compose`, `oci`; NULL: nothing. */
const struct front *front_behind(const struct front *front, const char *word);
const struct command *front_find(const struct front *front, const char *word);
/* Does the option @word stand before commands? */
bool front_has_global(const struct front *front, const char *word);
/* Option sets for a struct globals, up to one without specs. */
#define FRONT_SETS 6
void front_option_sets(const struct front *front, struct globals *globals,
		       struct option_set sets[FRONT_SETS]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe/filters.h - door: what `--filter NAME=VALUE` of ls, ps and prune means.
 *
 * Each kind of object has a table of its filters. Filters of different names must all fit an
 * object; of several of one name all, or any, as the table says (and Docker has it).
 */
#pragma once

#include "base/strvec.h"

#include <stdbool.h>
#include <stddef.h>

struct catalog;
struct container;
struct engine;
struct error;
struct image;
struct layout;
struct map;
struct network;
struct pair;
struct volume;

/* A table ends with a row without a name. */
struct filter {
	const char *name;
	bool (*fits)(const void *subject, const char *value);
	bool is_any;  /* of several one must fit */
	bool is_flag; /* its name alone means "true" */
	/* Is it a value for this filter? NULL: whatever it is. */
	int (*check)(const char *value, struct error *err);
};

/* Their subjects are a struct secret_object, the name of a project, an event's
 * document, a struct build_record, and the structs below. */
extern const struct filter container_filters[], container_filters_of_ps[], secret_filters[],
	project_filters[], image_filters[], volume_filters[], volume_filters_of_prune[],
	prune_filters[], prune_filters_of_images[], network_filters[], event_filters[],
	build_filters[];

/* ERROR_INVALID for what @table does not have, and for values that it does not take. */
int filters_check(const struct filter *table, const struct strvec *texts, struct error *err);
/* @texts have been checked. */
bool filters_fit(const struct filter *table, const struct strvec *texts, const void *subject);
/* Has @text a part that fits the regular expression? One that is none is a text. */
bool filters_match(const char *text, const char *pattern);
/* Is one of them a filter of this name? */
bool filters_ask(const struct strvec *texts, const char *name);

struct container_filters_subject {
	const struct container *container;
	struct catalog *catalog; /* NULL: for filters that ask for nothing beside the container */
};

/* As filters_check, and ERROR_NOT_FOUND for containers to compare with that are not there. */
int container_filters_check(struct engine *engine, const struct strvec *texts, struct error *err);

/* An image under one of its names; NULL: it has none. */
struct image_filters_subject {
	const struct image *image;
	const char *name; /* full */
	const struct layout *layout;
};

/* As filters_check, and ERROR_NOT_FOUND for images to compare with that are not there. */
int image_filters_check(const struct layout *layout, const struct strvec *texts, struct error *err);
/* "redis", "redis:7", "red*": as Docker does, on the name that it shows, with and without its
 * tag. */
bool image_filters_reference(const char *name, const char *pattern);

struct volume_filters_subject {
	const struct volume *volume;
	const struct map *used; /* volumes that containers mount; only "dangling" asks */
};

struct network_filters_subject {
	const struct network *network;
	const struct map
		*used; /* names of those that containers are attached to; "dangling" asks */
};

/* Whatever container, image, network and system prune remove. */
struct prune_filters_subject {
	const char *created; /* RFC 3339; NULL: nobody knows */
	const struct pair *labels;
	size_t label_count;
};

/* Checks for tables: "1", "no", …; and what times_parse takes. */
int filters_check_bool(const char *value, struct error *err);
int filters_check_time(const char *value, struct error *err);

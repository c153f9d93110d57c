/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/request.h - one request, as an endpoint sees it. What it points to is the request's.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct container;
struct engine;
struct error;
struct http;
struct filter;
struct api_settings;
struct strvec;

#define REQUEST_JSON_LIMIT ((size_t)4 << 20)

struct request {
	struct http *http;
	const struct api_settings *settings;
	struct engine *engine;
	struct arena arena;
	const char *method; /* "GET", … */
	const char *path;   /* decoded, without the version */
	const char *name;   /* what stands for {} in the route's pattern; NULL */
	unsigned version;   /* N of the version 1.N */
	struct pair *query, *headers;
	size_t query_count, header_count;
	bool is_answered;
};

/* The first one of this name; NULL. Names of headers have no case. */
const char *request_header(const struct request *request, const char *name);
/* @fallback when it is absent or empty. */
const char *request_query(const struct request *request, const char *name, const char *fallback);
/* All of this name. */
void request_query_all(const struct request *request, const char *name, struct strvec *values);
/* As Docker reads booleans: absent, "", 0, no, false and none are false. */
bool request_flag(const struct request *request, const char *name);
/* A whole number; @fallback when absent or empty. ERROR_INVALID. */
int request_number(const struct request *request, const char *name, int64_t *value,
		   struct error *err);
/* Parameter "filters", a map of maps or of lists, as "NAME=VALUE" texts for describe/filters.h,
 * which are checked. ERROR_INVALID. */
int request_filters(const struct request *request, const struct filter *table, struct strvec *texts,
		    struct error *err);

/* Some bytes of the body, waited for; 0 at its end, -1 when the client has gone. */
ssize_t request_read(struct request *request, void *bytes, size_t size, struct error *err);
/* The body, NULL in *value when there is none. ERROR_INVALID for what is no JSON object, or too
 * large. The caller owns it (auto_json). */
int request_json(struct request *request, json **value, struct error *err);

/* The container that the path names, with or without a slash before it; in the request's memory. */
int request_container(struct request *request, struct container *container, struct error *err);
/* "h" and "w" of a terminal. ERROR_INVALID. */
int request_size(const struct request *request, unsigned short *rows, unsigned short *columns,
		 struct error *err);

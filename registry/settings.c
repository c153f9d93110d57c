/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/settings.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

#include <math.h>
#include <string.h>

/* ---- limits ---------------------------------------------------------------------------------- */

const struct limits settings_limits_default = {
	.connect_seconds = 15,
	.stall_seconds = 30,
	.document_seconds = 120,
	.retry_seconds = 1,
	.wait_seconds = 60,
	.least_rate = 512,
	.attempts = 5,

	.chunk = 8 << 20,
};

struct limit {
	const char *name;
	size_t offset;
	bool is_seconds;
	double least, most;
};

static const struct limit limit_rows[] = {
	{"connect-seconds", offsetof(struct limits, connect_seconds), true, 0.01, 3600},
	{"stall-seconds", offsetof(struct limits, stall_seconds), true, 1, 86400},
	{"document-seconds", offsetof(struct limits, document_seconds), true, 0.1, 86400},
	{"retry-seconds", offsetof(struct limits, retry_seconds), true, 0.01, 3600},
	{"longest-wait-seconds", offsetof(struct limits, wait_seconds), true, 0.01, 86400},
	{"minimum-rate", offsetof(struct limits, least_rate), false, 1, 1e12},
	{"attempts", offsetof(struct limits, attempts), false, 1, 100},

	{"chunk-bytes", offsetof(struct limits, chunk), false, 65536, 1 << 30},
	{0},
};

static int parse_limit(struct limits *limits, const struct limit *row, json *value,
		       struct error *err)
{
	bool is_number = json_object_is_type(value, json_type_int) ||
			 (row->is_seconds && json_object_is_type(value, json_type_double));
	double number = is_number ? json_object_get_double(value) : NAN;

	if (!(number >= row->least && number <= row->most))
		return error_set(err, ERROR_INVALID, "'%s' must be a number from %g to %g",
				 row->name, row->least, row->most);
	if (row->is_seconds)
		*(double *)((char *)limits + row->offset) = number;
	else
		*(int64_t *)((char *)limits + row->offset) = (int64_t)number;
	return 0;
}

int settings_limits_parse(struct limits *limits, json *object, const char **member,
			  struct error *err)
{
	json_each (name, value, object) {
		const struct limit *row = limit_rows;

		if (member)
			*member = name;
		while (row->name && strcmp(row->name, name) != 0)
			row++;
		if (!row->name)
			return error_set(err, ERROR_INVALID, "'%s' is not known", name);
		if (parse_limit(limits, row, value, err) < 0)
			return -1;
	}
	return 0;
}

static json *format_limits(const struct limits *limits)
{
	json *object = json_new_object();

	for (const struct limit *row = limit_rows; row->name; row++) {
		const char *at = (const char *)limits + row->offset;

		json_set(object, row->name,
			 row->is_seconds ? json_object_new_double(*(const double *)at)
					 : json_object_new_int64(*(const int64_t *)at));
	}
	return object;
}

/* ---- the document ---------------------------------------------------------------------------- */

struct member {
	const char *name;
	size_t offset;
	bool is_flag;
};

static const struct member endpoint_members[] = {
	{"url", offsetof(struct settings_endpoint, url), false},
	{"user", offsetof(struct settings_endpoint, user), false},
	{"password", offsetof(struct settings_endpoint, password), false},
	{"identity_token", offsetof(struct settings_endpoint, identity_token), false},
	{"ca", offsetof(struct settings_endpoint, ca), false},
	{"certificate", offsetof(struct settings_endpoint, certificate), false},
	{"key", offsetof(struct settings_endpoint, key), false},
	{"is_mirror", offsetof(struct settings_endpoint, is_mirror), true},
	{"is_insecure", offsetof(struct settings_endpoint, is_insecure), true},
	{"is_fallback", offsetof(struct settings_endpoint, is_fallback), true},
	{0},
};

static const struct member members[] = {
	{"agent", offsetof(struct settings, agent), false},
	{"host", offsetof(struct settings, host), false},
	{"repository", offsetof(struct settings, repository), false},
	{"mount_from", offsetof(struct settings, mount_from), false},
	{"http_proxy", offsetof(struct settings, http_proxy), false},
	{"https_proxy", offsetof(struct settings, https_proxy), false},
	{"no_proxy", offsetof(struct settings, no_proxy), false},
	{"roots", offsetof(struct settings, roots), false},
	{"can_push", offsetof(struct settings, can_push), true},
	{0},
};

static json *format_members(const struct member *rows, const void *object)
{
	json *out = json_new_object();

	for (const struct member *row = rows; row->name; row++) {
		const char *at = (const char *)object + row->offset;

		if (row->is_flag)
			json_set_bool(out, row->name, *(const bool *)at);
		else
			json_set_string(out, row->name, *(const char *const *)at);
	}
	return out;
}

static void parse_members(const struct member *rows, void *object, json *from, struct arena *arena)
{
	for (const struct member *row = rows; row->name; row++) {
		char *at = (char *)object + row->offset;

		if (row->is_flag)
			*(bool *)at = json_flag(from, row->name, false);
		else
			*(char **)at = arena_string(arena, json_string(from, row->name, NULL));
	}
}

static char **parse_list(struct arena *arena, json *array)
{
	size_t count = 0;
	char **items = arena_array(arena, json_length(array) + 1, sizeof(*items));

	for (size_t i = 0; i < json_length(array); i++)
		if (json_string_at(array, i))
			items[count++] = arena_string(arena, json_string_at(array, i));
	return items;
}

void settings_release(struct settings *settings)
{
	arena_release(&settings->arena);
}

struct settings_endpoint *settings_add_endpoint(struct settings *settings)
{
	settings->endpoints = arena_grow(&settings->arena, settings->endpoints,
					 settings->endpoint_count, sizeof(*settings->endpoints));
	settings->endpoints[settings->endpoint_count] = (struct settings_endpoint){0};
	return &settings->endpoints[settings->endpoint_count++];
}

void settings_format(struct strbuf *out, const struct settings *settings)
{
	auto_json json *object = format_members(members, settings);
	json *endpoints = json_new_array();

	for (size_t i = 0; i < settings->endpoint_count; i++)
		json_add(endpoints, format_members(endpoint_members, &settings->endpoints[i]));
	json_set(object, "endpoints", endpoints);
	json_set(object, "headers", json_from_strings(settings->headers));
	json_set(object, "insecure", json_from_strings(settings->insecure));
	json_set(object, "limits", format_limits(&settings->limits));
	json_print(out, object, false);
}

int settings_parse(struct settings *settings, const char *text, size_t length, struct error *err)
{
	auto_json json *object = json_parse(text, length, "transport settings", err);
	json *endpoints = json_get(object, "endpoints");

	if (!object)
		return -1;
	parse_members(members, settings, object, &settings->arena);
	for (size_t i = 0; i < json_length(endpoints); i++)
		parse_members(endpoint_members, settings_add_endpoint(settings),
			      json_at(endpoints, i), &settings->arena);
	settings->headers = parse_list(&settings->arena, json_get(object, "headers"));
	settings->insecure = parse_list(&settings->arena, json_get(object, "insecure"));
	settings->limits = settings_limits_default;
	if (json_get(object, "limits") &&
	    settings_limits_parse(&settings->limits, json_get(object, "limits"), NULL, err) < 0)
		return -1;
	if (!settings->host || !settings->agent || settings->endpoint_count == 0)
		return error_set(err, ERROR_INVALID, "transport settings: incomplete");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of system events.
 */
#include "describe/filters.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "storage/reference.h"

#include <stdio.h>
#include <string.h>

static const char *attribute(const json *event, const char *name)
{
	return json_string(json_path(event, "Actor", "Attributes", NULL), name, NULL);
}

static bool is_type(const json *event, const char *type)
{
	return strcmp(json_string(event, "Type", ""), type) == 0;
}

/* "health_status" means all of "health_status: healthy" and its like. */
static bool fits_event(const void *subject, const char *value)
{
	const char *action = json_string(subject, "Action", "");
	size_t length = strlen(value);

	return strncmp(action, value, length) == 0 &&
	       (!action[length] || (action[length] == ':' && action[length + 1] == ' '));
}

static bool fits_type(const void *subject, const char *value)
{
	return is_type(subject, value);
}

static bool fits_scope(const void *subject, const char *value)
{
	return strcmp(json_string(subject, "scope", ""), value) == 0;
}

/* By name, or by the beginning of the id. */
static bool fits_object(const json *event, const char *type, const char *value)
{
	const char *id = json_string(json_get(event, "Actor"), "ID", "");
	const char *name = attribute(event, "name");

	return is_type(event, type) && ((*value && strncmp(id, value, strlen(value)) == 0) ||
					(name && strcmp(name, value) == 0));
}

static bool fits_container(const void *subject, const char *value)
{
	return fits_object(subject, "container", value);
}

static bool fits_network(const void *subject, const char *value)
{
	return fits_object(subject, "network", value);
}

static bool fits_volume(const void *subject, const char *value)
{
	return fits_object(subject, "volume", value);
}

static bool is_same_image(const char *name, const char *wanted)
{
	auto_free char *full = name ? reference_normalize(name, NULL) : NULL;
	auto_free char *wanted_full = reference_normalize(wanted, NULL);

	return name && (strcmp(name, wanted) == 0 ||
			(full && wanted_full && strcmp(full, wanted_full) == 0));
}

/* What happens to the image itself, and to containers of it. */
static bool fits_image(const void *subject, const char *value)
{
	if (is_type(subject, "image"))
		return fits_object(subject, "image", value) ||
		       is_same_image(attribute(subject, "name"), value);
	return is_type(subject, "container") && is_same_image(attribute(subject, "image"), value);
}

static bool fits_label(const void *subject, const char *wanted)
{
	const char *value = strchr(wanted, '=');
	size_t length = value ? (size_t)(value - wanted) : strlen(wanted);
	char name[256];
	const char *own;

	snprintf(name, sizeof(name), "%.*s", (int)length, wanted);
	own = attribute(subject, name);
	return own && (!value || strcmp(own, value + 1) == 0);
}

const struct filter event_filters[] = {
	{"container", .fits = fits_container, .is_any = true},
	{"event", .fits = fits_event, .is_any = true},
	{"image", .fits = fits_image, .is_any = true},
	{"label", .fits = fits_label},
	{"network", .fits = fits_network, .is_any = true},
	{"scope", .fits = fits_scope, .is_any = true},
	{"type", .fits = fits_type, .is_any = true},
	{"volume", .fits = fits_volume, .is_any = true},
	{0},
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/labels.h"

#include "base/pair.h"
#include "base/units.h"
#include "engine/container.h"

#include <string.h>

#define RESERVED "com.docker.compose."
#define INTERNAL "org.coracle."

bool labels_are_of_project(const struct pair *labels, size_t count, const char *project)
{
	const char *value = pair_find(labels, count, LABEL_PROJECT);

	return value && strcmp(value, project) == 0;
}

bool labels_is_reserved(const char *label)
{
	return strncmp(label, RESERVED, strlen(RESERVED)) == 0;
}

bool labels_is_internal(const char *label)
{
	return labels_is_reserved(label) || strncmp(label, INTERNAL, strlen(INTERNAL)) == 0;
}

static size_t count_own(const struct pair *labels, size_t count)
{
	size_t own = 0;

	for (size_t i = 0; i < count; i++)
		own += !labels_is_reserved(labels[i].name);
	return own;
}

bool labels_are_equal(const struct pair *a, size_t a_count, const struct pair *b, size_t b_count)
{
	for (size_t i = 0; i < a_count; i++) {
		const char *other = pair_find(b, b_count, a[i].name);

		if (!labels_is_reserved(a[i].name) && (!other || strcmp(other, a[i].value) != 0))
			return false;
	}
	return count_own(a, a_count) == count_own(b, b_count);
}

const char *labels_project(const struct container *container)
{
	return container_label(container, LABEL_PROJECT);
}

const char *labels_service(const struct container *container)
{
	const char *name = container_label(container, LABEL_SERVICE);

	return name ? name : "";
}

int labels_number(const struct container *container)
{
	const char *text = container_label(container, LABEL_NUMBER);
	int64_t number;

	if (!text || units_parse_int(&number, text, 0, INT32_MAX, NULL) < 0)
		return 0;
	return (int)number;
}

bool labels_is_one_off(const struct container *container)
{
	const char *text = container_label(container, LABEL_ONEOFF);

	return text && strcmp(text, "True") == 0;
}

bool labels_is_hook(const struct container *container)
{
	return container_label(container, LABEL_HOOK);
}

const char *labels_replaced(const struct container *container)
{
	return container_label(container, LABEL_REPLACES);
}

/* What stands behind @service in the list of dependencies, ":condition:restart"; NULL: it is in
 * none of them. */
static const char *find_edge(const struct container *container, const char *service)
{
	const char *at = container_label(container, LABEL_DEPENDS_ON);
	size_t length = strlen(service);

	while (at && *at) {
		if (strncmp(at, service, length) == 0 && (at[length] == ':' || at[length] == ','))
			return at + length;
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return NULL;
}

bool labels_depends_on(const struct container *container, const char *service)
{
	return find_edge(container, service);
}

bool labels_restarts_with(const struct container *container, const char *service)
{
	static const char word[] = ":true";
	const char *edge = find_edge(container, service);
	size_t length = edge ? strcspn(edge, ",") : 0;

	return length >= strlen(word) &&
	       strncmp(edge + length - strlen(word), word, strlen(word)) == 0;
}

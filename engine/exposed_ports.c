/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/exposed_ports.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/units.h"

#include <ctype.h>
#include <string.h>

static void add_range(struct map *ports, const char *text)
{
	const char *slash = strchrnul(text, '/');
	auto_free char *first = alloc_string_n(text, (size_t)(slash - text));
	auto_free char *protocol = alloc_string(*slash ? slash + 1 : "tcp");
	char *dash = strchr(first, '-');
	int64_t port, last;

	for (char *c = protocol; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (dash)
		*dash++ = '\0';
	if (units_parse_int(&port, first, 1, 65535, NULL) < 0 ||
	    units_parse_int(&last, dash ? dash : first, 1, 65535, NULL) < 0)
		return;
	for (; port <= last; port++) {
		auto_free char *name = alloc_format("%d/%s", (int)port, protocol);

		map_set(ports, name, ports);
	}
}

char **exposed_ports_merge(struct arena *arena, char *const *image, char *const *own)
{
	auto_map struct map ports = {0};
	char **result;

	for (; image && *image; image++)
		add_range(&ports, *image);
	for (; own && *own; own++)
		add_range(&ports, *own);
	result = arena_array(arena, ports.count + 1, sizeof(*result));
	for (size_t i = 0; i < ports.count; i++)
		result[i] = arena_string(arena, ports.entries[i].key);
	return result;
}

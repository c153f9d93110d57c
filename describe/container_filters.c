/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters of container ls and of ps.
 */
#include "describe/filters.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/pair.h"
#include "base/record.h"
#include "base/strbuf.h"
#include "base/units.h"
#include "describe/catalog.h"
#include "describe/describe_private.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "storage/image/image.h"

#include <string.h>

static const struct container *of(const void *subject)
{
	return ((const struct container_filters_subject *)subject)->container;
}

static struct catalog *catalog_of(const void *subject)
{
	return ((const struct container_filters_subject *)subject)->catalog;
}

static bool fits_label(const void *subject, const char *wanted)
{
	return pair_fits(of(subject)->config.labels, of(subject)->config.label_count, wanted);
}

/* With the slash that Docker's names begin with, or without. */
static bool fits_name(const void *subject, const char *value)
{
	const char *name = of(subject)->name;
	auto_strbuf struct strbuf slashed = {0};

	if (!name)
		return false;
	strbuf_printf(&slashed, "/%s", name);
	return filters_match(name, value) || filters_match(slashed.text, value);
}

static bool fits_id(const void *subject, const char *value)
{
	return *value && strncmp(of(subject)->id, value, strlen(value)) == 0;
}

static bool fits_status(const void *subject, const char *value)
{
	return strcmp(container_statuses[of(subject)->state.status], value) == 0;
}

static int check_status(const char *value, struct error *err)
{
	if (record_find_word(container_statuses, value) >= 0)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "unknown status '%s': created, running, paused, restarting, removing, "
			 "exited or dead",
			 value);
}

static bool fits_health(const void *subject, const char *value)
{
	const char *health = container_healths[of(subject)->state.health];

	return strcmp(*health ? health : "none", value) == 0;
}

static int check_health(const char *value, struct error *err)
{
	if (strcmp(value, "none") == 0 ||
	    (*value && record_find_word(container_healths, value) >= 0))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "unknown health '%s': starting, healthy, unhealthy or none", value);
}

/* Of one that has run and does not run. */
static bool fits_exited(const void *subject, const char *value)
{
	const struct container_state *state = &of(subject)->state;
	int64_t code;

	return !container_is_live(of(subject)) && state->started_at &&
	       units_parse_int(&code, value, INT32_MIN, INT32_MAX, NULL) == 0 &&
	       code == state->exit_code;
}

static int check_exited(const char *value, struct error *err)
{
	int64_t code;

	return units_parse_int(&code, value, INT32_MIN, INT32_MAX, err);
}

/* Its image, or one whose layers begin with all of that image's. */
static bool fits_ancestor(const void *subject, const char *value)
{
	const struct container *container = of(subject);
	const struct image *image = catalog_image(catalog_of(subject), value, NULL);

	if (!image || !container->image_id)
		return false;
	if (strcmp(container->image_id, image->id) == 0)
		return true;
	if (image->layer_count == 0 || image->layer_count > container->layer_count)
		return false;
	/* A chain id stands for all layers below, too. */
	return strcmp(image->chain_ids[image->layer_count - 1],
		      container->chain_ids[image->layer_count - 1]) == 0;
}

/* By name or id. */
static bool fits_network(const void *subject, const char *value)
{
	auto_arena struct arena arena = {0};
	struct network network = {.name = value};
	const char *name;

	network_load(&catalog_of(subject)->engine->net, value, &network, &arena, NULL);
	for (size_t i = 0; (name = describe_network_name(of(subject), i)); i++)
		if (strcmp(name, value) == 0 || strcmp(name, network.name) == 0)
			return true;
	return false;
}

/* By what is mounted, or where. */
static bool fits_volume(const void *subject, const char *value)
{
	const struct container *container = of(subject);

	for (size_t i = 0; i < container->mount_count; i++) {
		const struct container_mount *mount = &container->mounts[i];

		if (strcmp(mount->target, value) == 0 ||
		    (mount->source && strcmp(mount->source, value) == 0))
			return true;
	}
	return false;
}

/* "80", "80/udp", "8000-8010/tcp". */
struct port_range {
	int64_t first, last;
	const char *protocol;
};

static int parse_range(struct port_range *range, const char *text, struct error *err)
{
	auto_strbuf struct strbuf numbers = {0};
	const char *slash = strchr(text, '/');
	char *dash;

	strbuf_add_n(&numbers, text, slash ? (size_t)(slash - text) : strlen(text));
	range->protocol = slash ? slash + 1 : "tcp";
	dash = strchr(strbuf_text(&numbers), '-') ? strchr(numbers.text, '-') : NULL;
	if (dash)
		*dash++ = '\0';
	if (units_parse_int(&range->first, strbuf_text(&numbers), 0, UINT16_MAX, err) < 0 ||
	    units_parse_int(&range->last, dash ? dash : numbers.text, range->first, UINT16_MAX,
			    err) < 0)
		return -1;
	return 0;
}

static int check_range(const char *value, struct error *err)
{
	struct port_range range;

	return parse_range(&range, value, err);
}

static bool is_in_range(const struct port_range *range, unsigned number, const char *protocol)
{
	return number >= range->first && number <= range->last &&
	       strcmp(range->protocol, protocol) == 0;
}

static bool fits_publish(const void *subject, const char *value)
{
	const struct container_state *state = &of(subject)->state;
	struct port_range range;

	if (parse_range(&range, value, NULL) < 0)
		return false;
	for (size_t i = 0; i < state->port_count; i++)
		if (is_in_range(&range, state->ports[i].host_port, state->ports[i].protocol))
			return true;
	return false;
}

static bool fits_expose(const void *subject, const char *value)
{
	const struct container *container = of(subject);
	struct port_range range, own;

	if (parse_range(&range, value, NULL) < 0 || !container_is_live(container))
		return false;
	for (size_t i = 0; i < container->state.port_count; i++)
		if (is_in_range(&range, container->state.ports[i].container_port,
				container->state.ports[i].protocol))
			return true;
	for (char **port = container->expose; port && *port; port++)
		if (parse_range(&own, *port, NULL) == 0 &&
		    is_in_range(&range, (unsigned)own.first, own.protocol))
			return true;
	return false;
}

/* <0: made before the one that @value names. */
static bool compare_age(const void *subject, const char *value, int *order)
{
	auto_arena struct arena arena = {0};
	const struct container *own = of(subject);
	struct container other;

	if (container_find(catalog_of(subject)->engine, value, &other, &arena, NULL) < 0)
		return false;
	*order = strcmp(own->created, other.created);
	if (*order == 0)
		*order = strcmp(own->id, other.id);
	return true;
}

static bool fits_before(const void *subject, const char *value)
{
	int order;

	return compare_age(subject, value, &order) && order < 0;
}

static bool fits_since(const void *subject, const char *value)
{
	int order;

	return compare_age(subject, value, &order) && order > 0;
}

/* What a stack runs here are containers, not tasks of a cluster. */
static bool fits_task(const void *subject, const char *value)
{
	bool wanted = false;

	(void)subject;
	units_parse_bool(&wanted, value, NULL);
	return !wanted;
}

const struct filter container_filters[] = {
	{"ancestor", .fits = fits_ancestor, .is_any = true},
	{"before", .fits = fits_before},
	{"exited", .fits = fits_exited, .is_any = true, .check = check_exited},
	{"expose", .fits = fits_expose, .is_any = true, .check = check_range},
	{"health", .fits = fits_health, .is_any = true, .check = check_health},
	{"id", .fits = fits_id, .is_any = true},
	{"is-task", .fits = fits_task, .check = filters_check_bool},
	{"label", .fits = fits_label},
	{"name", .fits = fits_name, .is_any = true},
	{"network", .fits = fits_network, .is_any = true},
	{"publish", .fits = fits_publish, .is_any = true, .check = check_range},
	{"since", .fits = fits_since},
	{"status", .fits = fits_status, .is_any = true, .check = check_status},
	{"volume", .fits = fits_volume, .is_any = true},
	{0},
};

const struct filter container_filters_of_ps[] = {
	{"status", .fits = fits_status, .is_any = true, .check = check_status},
	{0},
};

int container_filters_check(struct engine *engine, const struct strvec *texts, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct container container;

	if (filters_check(container_filters, texts, err) < 0)
		return -1;
	strvec_each (text, texts)
		if ((strncmp(*text, "before=", 7) == 0 || strncmp(*text, "since=", 6) == 0) &&
		    container_find(engine, strchr(*text, '=') + 1, &container, &arena, err) < 0)
			return -1;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/short_syntax.h"

#include "compose/model/problems.h"
#include "compose/model/resolve.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strvec.h"
#include "base/units.h"
#include "net/port_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ helpers */

static void put(struct walk *walk, struct node *map, const char *key, const char *text)
{
	node_set(walk->arena, map, key, node_new_string(walk->arena, map, text));
}

static struct node *one_item(struct walk *walk, struct node *item)
{
	struct node *list = node_new_list(walk->arena, item);

	item->tag = NODE_PLAIN;
	node_append(walk->arena, list, item);
	return list;
}

/* With --no-interpolate a text that holds a variable cannot be taken apart: it stays. */
static struct node *keep_variable(struct walk *walk, const struct node *node)
{
	struct node *copy;

	if (!walk->keep_variables || !strchr(node->text, '$'))
		return NULL;
	copy = node_new_scalar(walk->arena, node, (enum node_type)node->type, node->text);
	return one_item(walk, copy);
}

static struct node *fail_kind(struct walk *walk, const struct node *node, const char *allowed)
{
	problem_add(walk, node, "must be %s, not %s", allowed, node_describe(node));
	return NULL;
}

static struct node *expand_to_key(struct walk *walk, const struct node *node, const char *key,
				  const char *allowed)
{
	struct node *map;

	if (!node_is_string(node))
		return fail_kind(walk, node, allowed);
	map = node_new_map(walk->arena, node);
	put(walk, map, key, node->text);
	return one_item(walk, map);
}

static const char *member(const struct node *item, const char *key, const char *fallback)
{
	const char *text = node_text(node_get(item, key));

	return text ? text : fallback;
}

/* ------------------------------------------------------------------ one-liners */

struct node *short_build(struct walk *walk, const struct node *node)
{
	return expand_to_key(walk, node, "context", "a mapping or the path of the build context");
}

struct node *short_env_file(struct walk *walk, const struct node *node)
{
	return expand_to_key(walk, node, "path", "a path or a mapping with 'path'");
}

struct node *short_config(struct walk *walk, const struct node *node)
{
	return expand_to_key(walk, node, "source", "a name or a mapping with 'source'");
}

struct node *short_secret(struct walk *walk, const struct node *node)
{
	struct node *list =
		expand_to_key(walk, node, "source", "a name or a mapping with 'source'");

	if (list) {
		char *target = arena_format(walk->arena, "/run/secrets/%s", node->text);

		put(walk, list->items[0], "target", target);
	}
	return list;
}

struct node *short_gpus(struct walk *walk, const struct node *node)
{
	return expand_to_key(walk, node, "count", "'all' or a list of device requests");
}

struct node *short_dependency(struct walk *walk, const struct node *node)
{
	struct node *map;

	if (!node_is_null(node))
		return fail_kind(walk, node, "a mapping with 'condition'");
	map = node_new_map(walk->arena, node);
	put(walk, map, "condition", "service_started");
	node_set(walk->arena, map, "required",
		 node_new_scalar(walk->arena, map, NODE_BOOL, "true"));
	return one_item(walk, map);
}

/* ------------------------------------------------------------------ ports */

static void format_range(char *text, size_t size, struct port_range range)
{
	if (range.first == range.last)
		snprintf(text, size, "%u", range.first);
	else
		snprintf(text, size, "%u-%u", range.first, range.last);
}

static void add_port(struct walk *walk, struct node *list, const struct port_text *port,
		     unsigned target, const char *published)
{
	struct node *map = node_new_map(walk->arena, list);
	char number[16];

	map->tag = NODE_PLAIN;
	snprintf(number, sizeof(number), "%u", target);
	put(walk, map, "mode", "ingress");
	if (port->host_ip)
		put(walk, map, "host_ip", port->host_ip);
	node_set(walk->arena, map, "target", node_new_scalar(walk->arena, map, NODE_INT, number));
	if (published)
		put(walk, map, "published", published);
	put(walk, map, "protocol", port->protocol ? port->protocol : "tcp");
	node_append(walk->arena, list, map);
}

/* The range of what a single port is published on stays one text. */
static struct node *expand_port(struct walk *walk, const struct node *node,
				const struct port_text *port)
{
	unsigned count = port->target.last - port->target.first + 1;
	struct node *list;

	if (walk->budget->left < (size_t)count * 5) {
		problem_add(walk, node, "compose file exceeds the maximum number of ports");
		return NULL;
	}
	walk->budget->left -= (size_t)count * 5;
	list = node_new_list(walk->arena, node);
	if (!port_text_is_protocol(port->protocol)) /* a mistake is said once */
		count = 1;
	for (unsigned i = 0; i < count; i++) {
		char published[32];

		format_range(published, sizeof(published), port_text_host(port, i));
		add_port(walk, list, port, port->target.first + i,
			 port->has_host ? published : NULL);
	}
	return list;
}

struct node *short_port(struct walk *walk, const struct node *node)
{
	struct port_text port;
	struct error err;
	struct node *kept;
	char text[32] = "";
	int64_t number;

	if (!node_is_scalar(node) || node->type == NODE_BOOL || node->type == NODE_FLOAT)
		return fail_kind(walk, node, "a string, an integer or a mapping");
	kept = keep_variable(walk, node);
	if (kept)
		return kept;
	if (node->type == NODE_INT && node_parse_integer(node->text, &number) && number > 0)
		snprintf(text, sizeof(text), "%lld", (long long)number); /* 010 is 8 */
	if (port_text_parse(&port, *text ? text : node->text, walk->arena, &err) == 0)
		return expand_port(walk, node, &port);
	problem_add(walk, node, "%s", err.text);
	return NULL;
}

/* ------------------------------------------------------------------ mounts */

static void put_flag(struct walk *walk, struct node *map, const char *key)
{
	node_set(walk->arena, map, key, node_new_scalar(walk->arena, map, NODE_BOOL, "true"));
}

/* The mapping of what only mounts of one type have. */
static struct node *section_of(struct walk *walk, struct node *map, const char *type)
{
	struct node *section = node_get(map, type);

	if (section)
		return section;
	section = node_new_map(walk->arena, map);
	node_set(walk->arena, map, arena_string(walk->arena, type), section);
	return section;
}

/* One option of SOURCE:TARGET:OPTIONS; false when nobody knows it. */
static bool set_mount_option(struct walk *walk, struct node *map, const char *option)
{
	static const char *const propagations[] = {"private", "rprivate", "shared", "rshared",
						   "slave",   "rslave",	  NULL};
	if (strcmp(option, "rw") == 0 || strcmp(option, "") == 0)
		return true;
	if (strcmp(option, "ro") == 0) {
		put_flag(walk, map, "read_only");
		return true;
	}
	if (strcmp(option, "nocopy") == 0 || strcmp(option, "volume-nocopy") == 0) {
		put_flag(walk, section_of(walk, map, "volume"), "nocopy");
		return true;
	}
	if (strcmp(option, "z") == 0 || strcmp(option, "Z") == 0) {
		put(walk, section_of(walk, map, "bind"), "selinux", option);
		return true;
	}
	if (strcmp(option, "cached") == 0 || strcmp(option, "delegated") == 0 ||
	    strcmp(option, "consistent") == 0)
		return true; /* it is always consistent */
	for (const char *const *word = propagations; *word; word++)
		if (strcmp(*word, option) == 0) {
			put(walk, section_of(walk, map, "bind"), "propagation", option);
			return true;
		}
	return strcmp(option, "rbind") == 0 || strcmp(option, "bind") == 0;
}

/* Splits at colons, but not at those inside ${…}. */
static void split_colons(struct strvec *parts, const char *text)
{
	const char *start = text;
	int braces = 0;

	for (; *text; text++) {
		if (text[0] == '$' && text[1] == '{')
			braces++;
		else if (*text == '}' && braces)
			braces--;
		else if (*text == ':' && !braces) {
			strvec_add_n(parts, start, (size_t)(text - start));
			start = text + 1;
		}
	}
	strvec_add(parts, start);
}

static bool check_parts(struct walk *walk, const struct node *node, const struct strvec *parts)
{
	if (isalpha((unsigned char)node->text[0]) && node->text[1] == ':' &&
	    node->text[2] == '\\') {
		problem_add(walk, node, "'%s' is a Windows path; write a Linux path", node->text);
		return false;
	}
	for (size_t i = 0; i < parts->count; i++)
		if (!*parts->items[i]) {
			problem_add(walk, node, "invalid spec: %s: empty section between colons%s",
				    node->text,
				    node->is_interpolated ? "; is a variable empty or not set?"
							  : "");
			return false;
		}
	if (parts->count <= 3)
		return true;
	problem_add(walk, node, "invalid spec: %s: too many colons; [SOURCE:]TARGET[:OPTIONS]",
		    node->text);
	return false;
}

static void set_mount_options(struct walk *walk, const struct node *node, struct node *map,
			      char *options)
{
	char *rest = options, *option;

	section_of(walk, map, member(map, "type", ""));
	while (rest && (option = strsep(&rest, ",")))
		if (!set_mount_option(walk, map, option))
			log_warning_once("%s:%u: %s: the mount option '%s' of '%s' is not known "
					 "and has no effect; ro, rw, nocopy, z, Z or a propagation "
					 "such as rshared",
					 node->file, node->line, strbuf_text(&walk->path), option,
					 node->text);
}

struct node *short_volume(struct walk *walk, const struct node *node)
{
	auto_strvec struct strvec parts = {0};
	struct node *map;

	if (!node_is_string(node))
		return fail_kind(walk, node, "a string or a mapping");
	if (!*node->text) {
		problem_add(walk, node, "invalid empty volume spec");
		return NULL;
	}
	map = node_new_map(walk->arena, node);
	map->tag = NODE_PLAIN;
	if (strlen(node->text) <= 2)
		strvec_add(&parts, node->text);
	else
		split_colons(&parts, node->text);
	if (!check_parts(walk, node, &parts))
		return NULL;
	if (parts.count == 1) {
		put(walk, map, "type", "volume");
		put(walk, map, "target", parts.items[0]);
	} else {
		bool is_bind = strchr("./~", parts.items[0][0]) != NULL;

		if (walk->keep_variables && parts.items[0][0] == '$')
			return keep_variable(walk, node);
		put(walk, map, "type", is_bind ? "bind" : "volume");
		put(walk, map, "source", parts.items[0]);
		put(walk, map, "target", parts.items[1]);
	}
	set_mount_options(walk, node, map, parts.count == 3 ? parts.items[2] : NULL);
	return one_item(walk, map);
}

/* ------------------------------------------------------------------ devices */

struct node *short_device(struct walk *walk, const struct node *node)
{
	auto_strvec struct strvec parts = {0};
	struct node *map, *kept;

	if (!node_is_string(node))
		return fail_kind(walk, node, "a string or a mapping");
	kept = keep_variable(walk, node);
	if (kept)
		return kept;
	split_colons(&parts, node->text);
	if (parts.count > 3) {
		problem_add(walk, node, "confusing device mapping, please use long syntax: %s",
			    node->text);
		return NULL;
	}
	map = node_new_map(walk->arena, node);
	put(walk, map, "source", parts.items[0]);
	if (parts.count == 1 && *node->text != '/' && strchr(node->text, '='))
		return one_item(walk, map); /* a CDI name */
	put(walk, map, "target", parts.items[parts.count > 1]);
	put(walk, map, "permissions", parts.count > 2 ? parts.items[2] : "rwm");
	return one_item(walk, map);
}

/* ------------------------------------------------------------------ identities */

void short_identify_port(struct strbuf *out, const struct node *item)
{
	strbuf_printf(out, "%s|%s|%s|%s", member(item, "host_ip", "0.0.0.0"),
		      member(item, "published", ""), member(item, "target", ""),
		      member(item, "protocol", "tcp"));
}

void short_identify_target(struct strbuf *out, const struct node *item)
{
	auto_free char *target = path_clean(member(item, "target", ""));

	strbuf_add(out, target);
}

void short_identify_device(struct strbuf *out, const struct node *item)
{
	strbuf_add(out, member(item, "target", member(item, "source", "")));
}

void short_identify_secret(struct strbuf *out, const struct node *item)
{
	const char *target = member(item, "target", member(item, "source", ""));

	strbuf_printf(out, "%s%s", *target == '/' ? "" : "/run/secrets/", target);
}

void short_identify_config(struct strbuf *out, const struct node *item)
{
	const char *target = member(item, "target", member(item, "source", ""));

	strbuf_printf(out, "%s%s", *target == '/' ? "" : "/", target);
}

void short_identify_env_file(struct strbuf *out, const struct node *item)
{
	auto_free char *path = path_clean(member(item, "path", ""));

	strbuf_add(out, path);
}

void short_identify_ipam(struct strbuf *out, const struct node *item)
{
	strbuf_add(out, member(item, "subnet", ""));
}

/* ------------------------------------------------------------------ paths */

void short_rebase_mount(struct walk *walk, struct node *mount, const char *directory)
{
	struct node *source = node_get(mount, "source");

	if (strcmp(member(mount, "type", ""), "bind") == 0 && node_text(source))
		source->text = resolve_path(walk, directory, source->text);
}

void short_rebase_build(struct walk *walk, struct node *build, const char *directory)
{
	struct node *context = node_get(build, "context");
	const struct node *contexts = node_get(build, "additional_contexts");
	const struct node *ssh = node_get(build, "ssh");

	if (!context)
		put(walk, build, "context", directory);
	else if (node_text(context) && !resolve_is_remote(context->text))
		context->text = resolve_path(walk, directory, context->text);
	if (node_is_map(contexts))
		each_pair (pair, contexts)
			if (node_text(pair->value) && !resolve_is_remote(pair->value->text))
				pair->value->text =
					resolve_path(walk, directory, pair->value->text);
	if (node_is_map(ssh))
		each_pair (pair, ssh)
			if (node_text(pair->value) && *pair->value->text)
				pair->value->text =
					resolve_path(walk, directory, pair->value->text);
}

static bool has_option(const char *options, const char *wanted)
{
	auto_free char *copy = alloc_string(options);
	char *rest = copy, *option;

	while ((option = strsep(&rest, ",")))
		if (strcmp(option, wanted) == 0)
			return true;
	return false;
}

void short_rebase_volume(struct walk *walk, struct node *volume, const char *directory)
{
	const struct node *options = node_get(volume, "driver_opts");
	struct node *device = node_get(options, "device");

	/* The device of a bind, and a file that is mounted through a loop device. */
	if (strcmp(member(volume, "driver", "local"), "local") == 0 && node_text(device) &&
	    (has_option(member(options, "o", ""), "bind") ||
	     has_option(member(options, "o", ""), "loop")))
		device->text = resolve_path(walk, directory, device->text);
}

/* With its links followed, as far as it exists: what inotify is asked for. */
void short_rebase_watch(struct walk *walk, struct node *watch, const char *directory)
{
	struct node *path = node_get(watch, "path");
	auto_free char *head = NULL;
	size_t length;

	(void)directory;
	if (!node_text(path) || *path->text != '/')
		return;
	head = alloc_string(path->text);
	for (length = strlen(head); length > 1;) {
		auto_free char *real = realpath(head, NULL);

		if (real) {
			path->text = arena_format(walk->arena, "%s%s",
						  real[1] || !path->text[length] ? real : "",
						  path->text + length);
			return;
		}
		while (length > 1 && head[length - 1] != '/')
			length--;
		while (length > 1 && head[length - 1] == '/')
			length--;
		head[length] = '\0';
	}
}

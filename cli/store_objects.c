/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/store_objects.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/invocation.h"
#include "cli/nouns.h"
#include "cli/screen/output.h"
#include "describe/filters.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "engine/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LARGEST ((size_t)1 << 20)

/* ---- create ---- */

const struct option_spec store_objects_create_options[] = {
	OPTION_REFUSED("driver", 'd', "there are no drivers: contents are kept on this host",
		       .value = "DRIVER", .is_hidden = true),
	OPTION(TRISTATE, "encrypt", 0, store_create_options, encrypt,
	       "Keep it encrypted with the host's key",
	       .fallback =
		       "true if CORACLE_SECRET_ENCRYPT is, or if an administrator has given a key"),
	OPTION(LIST, "label", 'l', store_create_options, labels, "Add a label",
	       .value = "NAME=VALUE"),
	OPTION_REFUSED("template-driver", 0, "templates are not supported", .value = "DRIVER",
		       .is_hidden = true),
	{0},
};

/* Regular files, pipes and /dev/fd alike; "-" is standard input. */
static int read_content(struct strbuf *content, const char *path, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	auto_close int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	while (n > 0 && content->length <= LARGEST) {
		n = read(fd, strbuf_reserve(content, 64 << 10), 64 << 10);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return error_errno(err, "cannot read '%s'", path);
		else
			content->length += (size_t)n;
	}
	return 0;
}

static enum secret_kind kind_of(const struct invocation *invocation)
{
	const struct store_objects_noun *noun = invocation->command->data;

	return noun->kind;
}

int store_objects_create(struct invocation *invocation, struct error *err)
{
	const struct store_create_options *options = invocation->options;
	struct secret_object object = {
		.name = invocation->arguments[0],
		.labels = nouns_pairs(invocation, &options->labels),
		.label_count = options->labels.count,
		.is_encrypted = options->encrypt < 0 ? secret_store_always_encrypts()
						     : options->encrypt > 0,
	};
	auto_strbuf struct strbuf content = {0};
	int result;

	/* No core file of this process, and nobody looks into it. */
	prctl(PR_SET_DUMPABLE, 0);
	if (read_content(&content, invocation->arguments[1], err) < 0)
		return error_state(err, FACT_OF_CLIENT, NULL, NULL);
	object.bytes = content.text;
	object.size = content.length;
	result = secret_store_create(&invocation->engine->layout, kind_of(invocation), &object,
				     invocation->arena, err);
	if (content.text)
		explicit_bzero(content.text, content.length);
	if (result == 0)
		output_line(object.id);
	return result;
}

/* ---- ls ---- */

const struct option_spec store_objects_ls_options[] = {
	NOUNS_FILTER("Show only what fits: id=ID, label=NAME[=VALUE], name=TEXT"),
	NOUNS_FORMAT,
	NOUNS_QUIET("Print ids only"),
	{0},
};

static const struct format_column columns[] = {
	{"ID", "ID", false},
	{"Name", "NAME", false},
	{"Driver", "DRIVER", false},
	{"CreatedAt", "CREATED", false},
	{"UpdatedAt", "UPDATED", true},
	{"Labels", "LABELS", true},
	{"Encrypted", "ENCRYPTED", false},
	{0},
};

static int add_rows(struct invocation *invocation, json *rows, struct error *err)
{
	const struct nouns_ls_options *options = invocation->options;
	struct secret_object *objects;
	size_t count;

	if (secret_store_list(&invocation->engine->layout, kind_of(invocation), &objects, &count,
			      invocation->arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (filters_fit(secret_filters, &options->filters, &objects[i]))
			json_add(rows, describe_secret_row(&objects[i]));
	return 0;
}

/* ---- inspect ---- */

static json *find_secret(struct invocation *invocation, const char *name, struct error *err)
{
	struct secret_object object;

	if (secret_store_find(&invocation->engine->layout, SECRET_STORE_SECRET, name, &object,
			      invocation->arena, err) < 0)
		return NULL;
	return describe_secret(&object);
}

/* A config is no secret: as Docker, its content is shown. */
static json *find_config(struct invocation *invocation, const char *name, struct error *err)
{
	const struct layout *layout = &invocation->engine->layout;
	struct secret_object object;

	if (secret_store_find(layout, SECRET_STORE_CONFIG, name, &object, invocation->arena, err) <
		    0 ||
	    secret_store_read(layout, SECRET_STORE_CONFIG, object.name, &object, invocation->arena,
			      err) < 0)
		return NULL;
	return describe_secret(&object);
}

const struct store_objects_noun store_objects_secret = {
	.noun = {find_secret, add_rows, columns, "ID", secret_filters, NULL},
	.kind = SECRET_STORE_SECRET,
};
const struct store_objects_noun store_objects_config = {
	.noun = {find_config, add_rows, columns, "ID", secret_filters, NULL},
	.kind = SECRET_STORE_CONFIG,
};

/* ---- rm ---- */

const struct option_spec store_objects_rm_options[] = {
	OPTION(BOOL, "force", 'f', store_rm_options, force,
	       "Remove it even if containers use it; they keep what they have"),
	{0},
};

static bool uses(const struct container *container, enum secret_kind kind, const char *name)
{
	enum container_file_kind wanted =
		kind == SECRET_STORE_SECRET ? CONTAINER_SECRET : CONTAINER_CONFIG;

	for (size_t i = 0; i < container->config.file_count; i++) {
		const struct container_file *file = &container->config.files[i];

		if (file->kind == wanted && file->external && strcmp(file->external, name) == 0)
			return true;
	}
	return false;
}

/* Services, or containers that belong to none. */
static void add_users(struct strbuf *out, const struct container_list *list, enum secret_kind kind,
		      const char *name)
{
	auto_strvec struct strvec names = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct container *container = &list->items[i];
		const char *service = labels_service(container);

		if (!uses(container, kind, name))
			continue;
		if (!*service)
			service = container->name;
		if (!strvec_contains(&names, service))
			strvec_add(&names, service);
	}
	strvec_sort(&names);
	strvec_each (one, &names)
		strbuf_printf(out, "%s%s", out->length ? ", " : "", *one);
}

int store_objects_remove(struct invocation *invocation, const char *name, struct error *err)
{
	enum secret_kind kind = kind_of(invocation);
	const struct layout *layout = &invocation->engine->layout;
	const struct store_rm_options *options = invocation->options;
	auto_strbuf struct strbuf users = {0};
	struct secret_object object;
	struct container_list list;

	if (secret_store_find(layout, kind, name, &object, invocation->arena, err) < 0 ||
	    container_list(invocation->engine, NULL, &list.items, &list.count, invocation->arena,
			   err) < 0)
		return -1;
	add_users(&users, &list, kind, object.name);
	if (users.length && !options->force)
		return error_set(err, ERROR_CONFLICT,
				 "%s '%s' is in use by the following service%s: %s; remove the "
				 "containers first, or use --force and 'up' with its successor",
				 secret_store_kind(kind), object.name,
				 strchr(users.text, ',') ? "s" : "", users.text);
	if (secret_store_remove(layout, kind, object.name, err) < 0)
		return -1;
	output_line(name);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `coracle secret`: secrets that outlive projects, for `external: true`.
 */
#include "cli/nouns.h"
#include "cli/store_objects.h"
#include "cli/table.h"

static int create_run(struct invocation *invocation, struct error *err)
{
	return store_objects_create(invocation, SECRET_STORE_SECRET, err);
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	return store_objects_ls(invocation, SECRET_STORE_SECRET, err);
}

static int inspect_run(struct invocation *invocation, struct error *err)
{
	return store_objects_inspect(invocation, SECRET_STORE_SECRET, err);
}

static int rm_run(struct invocation *invocation, struct error *err)
{
	return store_objects_rm(invocation, SECRET_STORE_SECRET, err);
}

static const struct command cmd_secret_create = {
	.name = "create",
	.usage = "NAME FILE|-",
	.help = "keep a secret from a file or standard input",
	.needs = FOR_OBJECTS,
	.least = 2,
	.most = 2,
	COMMAND_OPTIONS(store_create_options, store_objects_create_options),
	.run = create_run,
};

static const struct command cmd_secret_ls = {
	.name = "ls",
	.usage = "",
	.help = "list secrets",
	.needs = FOR_OBJECTS | CHANGES_NOTHING,
	COMMAND_OPTIONS(store_ls_options, store_objects_ls_options),
	.run = ls_run,
};

static const struct command cmd_secret_inspect = {
	.name = "inspect",
	.usage = "SECRET...",
	.help = "show all about secrets but their content as JSON",
	.needs = FOR_OBJECTS | CHANGES_NOTHING,
	.least = 1,
	.most = ANY_NUMBER,
	COMMAND_OPTIONS(inspect_options, nouns_inspect_options),
	.run = inspect_run,
};

static const struct command cmd_secret_rm = {
	.name = "rm",
	.usage = "SECRET...",
	.help = "remove secrets that no service uses",
	.needs = FOR_OBJECTS | NEEDS_MONITORS,
	.least = 1,
	.most = ANY_NUMBER,
	COMMAND_OPTIONS(store_rm_options, store_objects_rm_options),
	.run = rm_run,
};

static const struct command_entry verbs[] = {
	{"create", &cmd_secret_create},
	{"inspect", &cmd_secret_inspect},
	{"ls", &cmd_secret_ls},
	{"rm", &cmd_secret_rm},
	{0},
};

const struct command cmd_secret = {
	.name = "secret",
	.usage = "COMMAND",
	.help = "secrets that outlive projects: create, ls, inspect, rm",
	.needs = CHANGES_NOTHING,
	.verbs = verbs,
};

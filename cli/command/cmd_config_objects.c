/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `coracle config create|ls|inspect|rm`: config objects that outlive projects, for `external:
 * true`.
 *
 * The first word decides: with any other one `config` is the compose command (cmd_config.c). A
 * service with such a name is reached as `config -- ls` or `compose config ls`.
 */
#include "cli/nouns.h"
#include "cli/store_objects.h"
#include "cli/table.h"

static int create_run(struct invocation *invocation, struct error *err)
{
	return store_objects_create(invocation, SECRET_STORE_CONFIG, err);
}

static int ls_run(struct invocation *invocation, struct error *err)
{
	return store_objects_ls(invocation, SECRET_STORE_CONFIG, err);
}

static int inspect_run(struct invocation *invocation, struct error *err)
{
	return store_objects_inspect(invocation, SECRET_STORE_CONFIG, err);
}

static int rm_run(struct invocation *invocation, struct error *err)
{
	return store_objects_rm(invocation, SECRET_STORE_CONFIG, err);
}

static const struct command cmd_config_create = {
	.name = "create",
	.usage = "NAME FILE|-",
	.help = "keep a config object from a file or standard input",
	.needs = FOR_OBJECTS,
	.least = 2,
	.most = 2,
	COMMAND_OPTIONS(store_create_options, store_objects_create_options),
	.run = create_run,
};

static const struct command cmd_config_ls = {
	.name = "ls",
	.usage = "",
	.help = "list config objects",
	.needs = FOR_OBJECTS | CHANGES_NOTHING,
	COMMAND_OPTIONS(store_ls_options, store_objects_ls_options),
	.run = ls_run,
};

static const struct command cmd_config_inspect = {
	.name = "inspect",
	.usage = "CONFIG...",
	.help = "show all about config objects as JSON, their content too (Data, base64)",
	.needs = FOR_OBJECTS | CHANGES_NOTHING,
	.least = 1,
	.most = ANY_NUMBER,
	COMMAND_OPTIONS(inspect_options, nouns_inspect_options),
	.run = inspect_run,
};

static const struct command cmd_config_rm = {
	.name = "rm",
	.usage = "CONFIG...",
	.help = "remove config objects that no service uses",
	.needs = FOR_OBJECTS | NEEDS_MONITORS,
	.least = 1,
	.most = ANY_NUMBER,
	COMMAND_OPTIONS(store_rm_options, store_objects_rm_options),
	.run = rm_run,
};

const struct command_entry cmd_config_objects[] = {
	{"create", &cmd_config_create},
	{"inspect", &cmd_config_inspect},
	{"ls", &cmd_config_ls},
	{"rm", &cmd_config_rm},
	{0},
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `coracle secret` and `coracle config create|ls|inspect|rm`: secrets and config objects that
 * outlive projects, for `external: true`.
 *
 * Of `config` the first word decides: with any other one it is the compose command (cmd_config.c).
 * A service with such a name is reached as `config -- ls` or `compose config ls`.
 */
#include "cli/store_objects.h"
#include "cli/table.h"

#define CREATE(kind, what, typed)                                                                  \
	{                                                                                          \
		.name = "create", .usage = "NAME FILE|-",                                          \
		.help = "Keep a " what " from a file or standard input",                           \
		EXAMPLE(typed, "Keep the content of the file under this name"),                    \
		.needs = FOR_OBJECTS, .least = 2, .most = 2,                                       \
		COMMAND_OPTIONS(store_create_options, store_objects_create_options),               \
		.run = store_objects_create, .data = &(kind)                                       \
	}
#define LS(kind, what)                                                                             \
	NOUNS_LS(&(kind), FOR_OBJECTS, "List " what,                                               \
		 EXAMPLE("--filter label=shop", "List those that have this label"),                \
		 COMMAND_OPTIONS(nouns_ls_options, store_objects_ls_options))
#define RM(kind, argument, what, typed)                                                            \
	NOUNS_VERB("rm", FOR_CONTAINERS, argument, "Remove " what " that no service uses",         \
		   EXAMPLE(typed, "Remove the one of this name"), store_objects_remove,            \
		   COMMAND_OPTIONS(store_rm_options, store_objects_rm_options), .data = &(kind))

static const struct command secret_create =
	CREATE(store_objects_secret, "secret", "db_password ./password.txt");
static const struct command secret_ls = LS(store_objects_secret, "secrets");
static const struct command secret_inspect = NOUNS_INSPECT(
	&store_objects_secret, "SECRET...",
	"Show all that is known of secrets but their content, as JSON",
	EXAMPLE("db_password", "Show when db_password was made and which labels it has"));
static const struct command secret_rm =
	RM(store_objects_secret, "SECRET...", "secrets", "db_password");

static const struct command config_create =
	CREATE(store_objects_config, "config object", "nginx.conf ./nginx.conf");
static const struct command config_ls = LS(store_objects_config, "config objects");
static const struct command config_inspect = NOUNS_INSPECT(
	&store_objects_config, "CONFIG...", "Show all that is known of config objects, as JSON",
	EXAMPLE("nginx.conf", "Show the config object; its content is in Data, as base64"));
static const struct command config_rm =
	RM(store_objects_config, "CONFIG...", "config objects", "nginx.conf");

static const struct command_entry verbs[] = {
	{"create", &secret_create},
	{"inspect", &secret_inspect},
	{"ls", &secret_ls},
	{"rm", &secret_rm},
	{0},
};

const struct command cmd_secret =
	COMMAND("secret", "COMMAND", "Manage secrets, which outlive projects",
		EXAMPLE("create db_password ./password.txt",
			"Keep the content of a file as the secret db_password"),
		.needs = CHANGES_NOTHING, .verbs = verbs);

const struct command_entry cmd_secret_config_verbs[] = {
	{"create", &config_create},
	{"inspect", &config_inspect},
	{"ls", &config_ls},
	{"rm", &config_rm},
	{0},
};

/* `config` of docker, where nothing else is called so. */
const struct command cmd_config_objects =
	COMMAND("config", "COMMAND", "Manage config objects, which outlive projects",
		EXAMPLE("create nginx.conf ./nginx.conf",
			"Keep the content of a file as the config object nginx.conf"),
		.needs = CHANGES_NOTHING, .verbs = cmd_secret_config_verbs);

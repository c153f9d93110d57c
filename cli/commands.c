/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table. A new command is a file, a line in table.h and a row here.
 */
#include "cli/table.h"

#include <string.h>

const struct command_entry command_table[] = {
	{"__compatibility", &cmd_compatibility},
	{"__complete", &cmd_complete},
	{"config", &cmd_config},
	{"container", &cmd_container},
	{"convert", &cmd_config},
	{"create", &cmd_create},
	{"down", &cmd_down},
	{"exec", &cmd_exec},
	{"help", &cmd_help},
	{"image", &cmd_image},
	{"images", &cmd_images},
	{"inspect", &cmd_inspect},
	{"kill", &cmd_kill},
	{"load", &cmd_image_load},
	{"logs", &cmd_logs},
	{"ls", &cmd_ls},
	{"network", &cmd_network},
	{"pause", &cmd_pause},
	{"port", &cmd_port},
	{"ps", &cmd_ps},
	{"restart", &cmd_restart},
	{"rm", &cmd_rm},
	{"rmi", &cmd_image_rm},
	{"run", &cmd_run},
	{"save", &cmd_image_save},
	{"scale", &cmd_scale},
	{"start", &cmd_start},
	{"stop", &cmd_stop},
	{"tag", &cmd_image_tag},
	{"top", &cmd_top},
	{"unpause", &cmd_unpause},
	{"up", &cmd_up},
	{"version", &cmd_version},
	{"volume", &cmd_volume},
	{"volumes", &cmd_volumes},
	{"wait", &cmd_wait},
	{0},
};

const struct command *command_find(const struct command_entry *table, const char *name)
{
	for (; table->command; table++)
		if (strcmp(table->name, name) == 0)
			return table->command;
	return NULL;
}

const char *const command_later[] = {
	"alpha",  "attach", "bridge", "build", "commit",  "cp",	  "events",
	"export", "login",  "logout", "oci",   "publish", "pull", "push",
	"secret", "stats",  "system", "watch", NULL,
};

bool command_is_later(const char *name)
{
	for (const char *const *later = command_later; *later; later++)
		if (strcmp(*later, name) == 0)
			return true;
	return false;
}

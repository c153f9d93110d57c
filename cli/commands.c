/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table. A new command is a file, a line in table.h and a row here.
 */
#include "cli/table.h"

#include <string.h>

const struct command_entry command_table[] = {
	{"__compatibility", &cmd_compatibility},
	{"__complete", &cmd_complete},
	{"build", &cmd_build},
	{"builder", &cmd_builder},
	{"commit", &cmd_commit},
	{"config", &cmd_config},
	{"container", &cmd_container},
	{"convert", &cmd_config},
	{"cp", &cmd_cp},
	{"create", &cmd_create},
	{"down", &cmd_down},
	{"events", &cmd_events},
	{"exec", &cmd_exec},
	{"export", &cmd_export},
	{"help", &cmd_help},
	{"history", &cmd_image_history},
	{"image", &cmd_image},
	{"images", &cmd_images},
	{"import", &cmd_image_import},
	{"info", &cmd_system_info},
	{"inspect", &cmd_inspect},
	{"kill", &cmd_kill},
	{"load", &cmd_image_load},
	{"login", &cmd_login},
	{"logout", &cmd_logout},
	{"logs", &cmd_logs},
	{"ls", &cmd_ls},
	{"network", &cmd_network},
	{"pause", &cmd_pause},
	{"port", &cmd_port},
	{"ps", &cmd_ps},
	{"pull", &cmd_pull},
	{"push", &cmd_push},
	{"restart", &cmd_restart},
	{"rm", &cmd_rm},
	{"rmi", &cmd_image_rm},
	{"run", &cmd_run},
	{"save", &cmd_image_save},
	{"scale", &cmd_scale},
	{"secret", &cmd_secret},
	{"start", &cmd_start},
	{"stats", &cmd_stats},
	{"stop", &cmd_stop},
	{"system", &cmd_system},
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

bool command_runs(const struct command *command)
{
	return command->run || command->each;
}

const char *const command_later[] = {
	"alpha", "attach", "bridge", "oci", "publish", "watch", NULL,
};

bool command_is_later(const char *name)
{
	for (const char *const *later = command_later; *later; later++)
		if (strcmp(*later, name) == 0)
			return true;
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables: the commands of Docker Compose, those of docker, and our own. A new command is a
 * file, a line in table.h and a row here.
 */
#include "cli/table.h"

#include <string.h>

const struct command_entry command_compose[] = {
	{"__complete", &cmd_complete},
	{"attach", &cmd_attach},
	{"build", &cmd_build},
	{"commit", &cmd_commit},
	{"config", &cmd_config},
	{"convert", &cmd_config},
	{"cp", &cmd_cp},
	{"create", &cmd_create},
	{"down", &cmd_down},
	{"events", &cmd_events},
	{"exec", &cmd_exec},
	{"export", &cmd_export},
	{"help", &cmd_help},
	{"images", &cmd_images},
	{"kill", &cmd_kill},
	{"logs", &cmd_logs},
	{"ls", &cmd_ls},
	{"pause", &cmd_pause},
	{"port", &cmd_port},
	{"ps", &cmd_ps},
	{"pull", &cmd_pull},
	{"push", &cmd_push},
	{"restart", &cmd_restart},
	{"rm", &cmd_rm},
	{"run", &cmd_run},
	{"scale", &cmd_scale},
	{"start", &cmd_start},
	{"stats", &cmd_stats},
	{"stop", &cmd_stop},
	{"top", &cmd_top},
	{"unpause", &cmd_unpause},
	{"up", &cmd_up},
	{"version", &cmd_version},
	{"volumes", &cmd_volumes},
	{"wait", &cmd_wait},
	{"watch", &cmd_watch},
	{0},
};

const struct command_entry command_docker[] = {
	{"__complete", &cmd_complete},
	{"attach", &cmd_container_attach},
	{"build", &cmd_image_build},
	{"builder", &cmd_builder},
	{"buildx", &cmd_buildx},
	{"commit", &cmd_container_commit},
	{"config", &cmd_config_objects},
	{"container", &cmd_container},
	{"cp", &cmd_container_cp},
	{"create", &cmd_container_create},
	{"diff", &cmd_container_diff},
	{"events", &cmd_system_events},
	{"exec", &cmd_container_exec},
	{"export", &cmd_container_export},
	{"help", &cmd_help},
	{"history", &cmd_image_history},
	{"image", &cmd_image},
	{"images", &cmd_image_ls},
	{"import", &cmd_image_import},
	{"info", &cmd_system_info},
	{"inspect", &cmd_inspect},
	{"kill", &cmd_container_kill},
	{"load", &cmd_image_load},
	{"login", &cmd_login},
	{"logout", &cmd_logout},
	{"logs", &cmd_container_logs},
	{"network", &cmd_network},
	{"node", &cmd_node},
	{"pause", &cmd_container_pause},
	{"port", &cmd_container_port},
	{"ps", &cmd_container_ls},
	{"pull", &cmd_image_pull},
	{"push", &cmd_image_push},
	{"rename", &cmd_container_rename},
	{"restart", &cmd_container_restart},
	{"rm", &cmd_container_rm},
	{"rmi", &cmd_image_rm},
	{"run", &cmd_container_run},
	{"save", &cmd_image_save},
	{"secret", &cmd_secret},
	{"service", &cmd_service},
	{"stack", &cmd_stack},
	{"start", &cmd_container_start},
	{"stats", &cmd_container_stats},
	{"stop", &cmd_container_stop},
	{"swarm", &cmd_swarm},
	{"system", &cmd_system},
	{"tag", &cmd_image_tag},
	{"top", &cmd_container_top},
	{"unpause", &cmd_container_unpause},
	{"update", &cmd_container_update},
	{"version", &cmd_docker_version},
	{"volume", &cmd_volume},
	{"wait", &cmd_container_wait},
	{0},
};

const struct command_entry command_own[] = {
	{"__compatibility", &cmd_compatibility},
	{"__man", &cmd_man},
	{"api", &cmd_api},
	{"bundle", &cmd_bundle},
	{"debug", &cmd_debug},
	{"oci", &cmd_oci},
	{"resume", &cmd_resume},
	{0},
};

const struct command *command_find(const struct command_entry *table, const char *name)
{
	for (; table->command; table++)
		if (strcmp(table->name, name) == 0)
			return table->command;
	return NULL;
}

bool command_is_shown(const struct command_entry *table, const struct command_entry *row)
{
	return !(row->command->needs & IS_HIDDEN) &&
	       (strcmp(row->name, row->command->name) == 0 ||
		command_find(table, row->command->name) != row->command);
}

bool command_runs(const struct command *command)
{
	return command->run || command->each;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `container`: the table of its verbs. */
#include "cli/table.h"

static const struct command_entry verbs[] = {
	{"attach", &cmd_container_attach},
	{"commit", &cmd_container_commit},
	{"cp", &cmd_container_cp},
	{"create", &cmd_container_create},
	{"diff", &cmd_container_diff},
	{"exec", &cmd_container_exec},
	{"export", &cmd_container_export},
	{"inspect", &cmd_container_inspect},
	{"kill", &cmd_container_kill},
	{"list", &cmd_container_ls},
	{"logs", &cmd_container_logs},
	{"ls", &cmd_container_ls},
	{"pause", &cmd_container_pause},
	{"port", &cmd_container_port},
	{"prune", &cmd_container_prune},
	{"ps", &cmd_container_ls},
	{"remove", &cmd_container_rm},
	{"rename", &cmd_container_rename},
	{"restart", &cmd_container_restart},
	{"rm", &cmd_container_rm},
	{"run", &cmd_container_run},
	{"start", &cmd_container_start},
	{"stats", &cmd_container_stats},
	{"stop", &cmd_container_stop},
	{"top", &cmd_container_top},
	{"unpause", &cmd_container_unpause},
	{"update", &cmd_container_update},
	{"wait", &cmd_container_wait},
	{0},
};

const struct command cmd_container = COMMAND("container", "COMMAND", "Manage single containers",
					     EXAMPLE("ls -a", "List all containers of this host"),
					     .needs = CHANGES_NOTHING, .verbs = verbs);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/table.h - all commands by name; each is defined in a file of its own.
 */
#pragma once

#include "cli/command.h"

extern const struct command cmd_compatibility, cmd_complete, cmd_config, cmd_config_objects,
	cmd_container, cmd_create, cmd_down, cmd_events, cmd_exec, cmd_help, cmd_image, cmd_images,
	cmd_inspect, cmd_kill, cmd_logs, cmd_ls, cmd_network, cmd_pause, cmd_port, cmd_ps,
	cmd_restart, cmd_rm, cmd_run, cmd_scale, cmd_start, cmd_stats, cmd_stop, cmd_top,
	cmd_unpause, cmd_up, cmd_version, cmd_volume, cmd_volumes, cmd_wait, cmd_watch;
extern const struct command cmd_api, cmd_bundle, cmd_debug, cmd_man, cmd_resume, cmd_secret;
extern const struct command cmd_build, cmd_image_build;
extern const struct command cmd_login, cmd_logout;
extern const struct command cmd_pull, cmd_push, cmd_image_pull, cmd_image_push;
/* Verbs of `config` and `export`, which are compose commands with every other word behind them. */
extern const struct command_entry cmd_secret_config_verbs[], cmd_export_verbs[];
extern const struct command cmd_docker_version, cmd_builder, cmd_builder_du, cmd_builder_prune,
	cmd_buildx, cmd_system;
extern const struct command cmd_node, cmd_service, cmd_stack, cmd_swarm;
/* Verbs that also stand at the top, or in a file of their own. */
extern const struct command cmd_container_prune, cmd_container_stats, cmd_image_history,
	cmd_image_ls, cmd_image_prune, cmd_network_connect, cmd_network_create,
	cmd_network_disconnect, cmd_network_prune, cmd_system_check, cmd_system_df,
	cmd_system_events, cmd_system_info;
extern const struct command cmd_commit, cmd_container_commit, cmd_container_cp, cmd_container_diff,
	cmd_container_export, cmd_cp, cmd_export, cmd_image_import;
extern const struct command cmd_container_inspect, cmd_container_kill, cmd_container_logs,
	cmd_container_ls, cmd_container_rm, cmd_container_start, cmd_container_stop,
	cmd_container_wait;
extern const struct command cmd_container_exec, cmd_image_load, cmd_image_rm, cmd_image_save,
	cmd_image_tag;
extern const struct command cmd_attach, cmd_container_attach, cmd_container_pause,
	cmd_container_port, cmd_container_rename, cmd_container_restart, cmd_container_top,
	cmd_container_unpause, cmd_container_update;
extern const struct command cmd_container_create, cmd_container_run;
/* The OCI runtime's command line: its words, its global options, and what it does with those. */
extern const struct command cmd_oci;
extern const struct command_entry oci_commands[];
extern const struct option_spec oci_globals[];
int oci_begin(struct globals *globals, struct error *err);
void oci_tell(const struct globals *globals, const char *level, const char *text);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the OCI command line, for `coracle oci` and `coracle-oci`.
 */
#include "cli/oci/oci_table.h"
#include "cli/table.h"

const struct command_entry oci_commands[] = {
	{"create", &cmd_oci_create},
	{"delete", &cmd_oci_delete},
	{"events", &cmd_oci_events},
	{"exec", &cmd_oci_exec},
	{"features", &cmd_oci_features},
	{"kill", &cmd_oci_kill},
	{"list", &cmd_oci_list},
	{"pause", &cmd_oci_pause},
	{"ps", &cmd_oci_ps},
	{"resume", &cmd_oci_resume},
	{"run", &cmd_oci_run},
	{"spec", &cmd_oci_spec},
	{"start", &cmd_oci_start},
	{"state", &cmd_oci_state},
	{"update", &cmd_oci_update},
	{"version", &cmd_oci_version},
	{0},
};

const struct command cmd_oci = COMMAND(
	"oci", "COMMAND", "Run containers out of OCI bundles, as runc and crun do",
	EXAMPLE("run --bundle /srv/web web", "Run what /srv/web/config.json says, until it ends"),
	EXAMPLE_TOO("state web", "Show whether it runs"), .verbs = oci_commands);

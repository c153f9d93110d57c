/* SPDX-License-Identifier: Apache-2.0 */
/* A project as units: PROJECT.service, which runs coracle, and below quadlet/ the files of which
 * Podman's generator makes units: podman-systemd.unit(5). */
#include "compose/export/systemd_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "compose/export/unit_text.h"

#include <string.h>

/* ------------------------------------------------------------------ the unit that runs coracle */

static void add_command(struct export_work *work, struct strbuf *text, const char *key,
			char *const *words)
{
	const struct project *project = work->project;

	strbuf_printf(text, "%s=", key);
	unit_text_word(text, work->request->program);
	strbuf_add(text, " -p ");
	unit_text_word(text, project->name);
	for (char **file = project->files; file && *file; file++) {
		strbuf_add(text, " -f ");
		unit_text_word(text, *file);
	}
	for (char **file = project->env_files; file && *file; file++) {
		strbuf_add(text, " --env-file ");
		unit_text_word(text, *file);
	}
	for (char **profile = project->profiles; profile && *profile; profile++) {
		if (!**profile)
			continue;
		strbuf_add(text, " --profile ");
		unit_text_word(text, *profile);
	}
	for (; *words; words++)
		strbuf_printf(text, " %s", *words);
	strbuf_add_char(text, '\n');
}

static void add_project_unit(struct export_work *work)
{
	static char up[] = "up", detach[] = "-d", wait[] = "--wait", stop[] = "stop";
	static char *start_words[] = {up, detach, wait, NULL};
	static char *stop_words[] = {stop, NULL};
	static char *reload_words[] = {up, detach, NULL};
	auto_strbuf struct strbuf text = {0};
	const char *name = work->project->name;

	strbuf_add(&text, "[Unit]\n");
	unit_text_linef(&text, "Description", "Project %s", name);
	strbuf_add(&text, "Wants=network-online.target\nAfter=network-online.target\n\n"
			  "# Variables of the compose files come from .env beside them.\n"
			  "[Service]\nType=oneshot\nRemainAfterExit=yes\n");
	unit_text_line(&text, "WorkingDirectory", work->project->working_dir);
	add_command(work, &text, "ExecStart", start_words);
	add_command(work, &text, "ExecReload", reload_words);
	add_command(work, &text, "ExecStop", stop_words);
	strbuf_add(&text, "TimeoutStartSec=infinity\nTimeoutStopSec=infinity\n\n[Install]\n"
			  "WantedBy=multi-user.target\n");
	export_add_file(work, arena_format(work->arena, "%s.service", name), &text, false);
}

/* ------------------------------------------------------------------ networks */

static void add_pairs(struct strbuf *text, const char *key, char *const *pairs)
{
	unit_text_each(text, key, pairs);
}

static void add_subnets(struct strbuf *text, const struct network_ipam *ipam)
{
	for (size_t i = 0; ipam && i < ipam->config.count; i++) {
		const struct ipam_config *config = &ipam->config.items[i];

		if (config->subnet)
			unit_text_line(text, "Subnet", config->subnet);
		if (config->ip_range)
			unit_text_line(text, "IPRange", config->ip_range);
		if (config->gateway)
			unit_text_line(text, "Gateway", config->gateway);
	}
}

static void add_network(struct export_work *work, const struct project_network *network)
{
	auto_strbuf struct strbuf text = {0};

	if (network->external == TRISTATE_TRUE)
		return;
	strbuf_add(&text, "[Network]\n");
	unit_text_line(&text, "NetworkName", network->name ? network->name : network->key);
	if (network->driver && strcmp(network->driver, "default") != 0)
		unit_text_line(&text, "Driver", network->driver);
	if (network->internal == TRISTATE_TRUE)
		strbuf_add(&text, "Internal=true\n");
	if (network->enable_ipv6 == TRISTATE_TRUE)
		strbuf_add(&text, "IPv6=true\n");
	add_subnets(&text, network->ipam);
	add_pairs(&text, "Options", network->driver_opts);
	add_pairs(&text, "Label", network->labels);
	export_add_file(work,
			arena_format(work->arena, "quadlet/%s-%s.network", work->project->name,
				     network->key),
			&text, false);
}

/* ------------------------------------------------------------------ volumes */

/* Podman's own words are for volumes that are mounts of a device. */
static void add_volume_option(struct strbuf *text, const char *pair, bool has_device)
{
	static const struct {
		const char *start, *key;
	} words[] = {{"type=", "Type"}, {"device=", "Device"}, {"o=", "Options"}};

	for (size_t i = 0; has_device && i < array_length(words); i++) {
		size_t length = strlen(words[i].start);

		if (strncmp(pair, words[i].start, length) == 0 && pair[length]) {
			unit_text_line(text, words[i].key, pair + length);
			return;
		}
	}
	strbuf_add(text, "PodmanArgs=--opt ");
	unit_text_word(text, pair);
	strbuf_add_char(text, '\n');
}

static void add_volume(struct export_work *work, const struct project_volume *volume)
{
	const char *device = export_label(volume->driver_opts, "device");
	bool has_device = device && *device;
	auto_strbuf struct strbuf text = {0};

	if (volume->external == TRISTATE_TRUE)
		return;
	strbuf_add(&text, "[Volume]\n");
	unit_text_line(&text, "VolumeName", volume->name ? volume->name : volume->key);
	if (volume->driver)
		unit_text_line(&text, "Driver", volume->driver);
	for (char **pair = volume->driver_opts; pair && *pair; pair++)
		add_volume_option(&text, *pair, has_device);
	add_pairs(&text, "Label", volume->labels);
	export_add_file(
		work,
		arena_format(work->arena, "quadlet/%s-%s.volume", work->project->name, volume->key),
		&text, false);
}

int export_systemd(struct export_work *work, struct error *err)
{
	const struct project *project = work->project;

	(void)err;
	add_project_unit(work);
	for (size_t i = 0; i < project->networks.count; i++)
		add_network(work, &project->networks.items[i]);
	for (size_t i = 0; i < project->volumes.count; i++)
		add_volume(work, &project->volumes.items[i]);
	for (size_t i = 0; i < project->services.count; i++)
		systemd_containers(work, &project->services.items[i]);
	return 0;
}

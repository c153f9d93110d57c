/* SPDX-License-Identifier: Apache-2.0 */
/* A service as .container files of Quadlet's. */
#include "compose/export/systemd_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "compose/export/unit_text.h"
#include "compose/model/emit.h"

#include <string.h>

/* ------------------------------------------------------------------ [Unit] */

static void add_dependency(const struct systemd_unit *unit, const struct service_dependency *edge)
{
	const struct service *other = project_find_service(unit->work->project, edge->service);

	for (int64_t i = 1; other && i <= project_replicas(other); i++) {
		const char *name = systemd_unit_name(unit->work, other, i);

		unit_text_linef(unit->text, "After", "%s.service", name);
		unit_text_linef(unit->text, edge->required == TRISTATE_FALSE ? "Wants" : "Requires",
				"%s.service", name);
		if (edge->restart == TRISTATE_TRUE)
			unit_text_linef(unit->text, "PartOf", "%s.service", name);
	}
}

static const struct deploy_restart_policy *policy_of(const struct service *service)
{
	return service->deploy ? service->deploy->restart_policy : NULL;
}

/* How often it is tried again; -1: without end. */
static int64_t attempts_of(const struct service *service)
{
	const char *colon = service->restart ? strchr(service->restart, ':') : NULL;
	int64_t attempts = -1;

	if (policy_of(service))
		return model_number(policy_of(service)->max_attempts, -1);
	return colon && node_parse_integer(colon + 1, &attempts) ? attempts : -1;
}

static void add_start_limit(const struct systemd_unit *unit)
{
	const struct deploy_restart_policy *policy = policy_of(unit->service);
	int64_t attempts = attempts_of(unit->service);

	if (attempts < 0)
		return;
	unit_text_linef(unit->text, "StartLimitBurst", "%lld", (long long)attempts + 1);
	if (policy && model_number(policy->window, 0) > 0)
		unit_text_duration(unit->text, "StartLimitIntervalSec", policy->window);
	else
		unit_text_line(unit->text, "StartLimitIntervalSec", "infinity");
}

static void add_unit(const struct systemd_unit *unit)
{
	strbuf_add(unit->text, "[Unit]\n");
	unit_text_linef(unit->text, "Description", "%s of the project %s", unit->service->name,
			unit->work->project->name);
	for (size_t i = 0; i < unit->service->depends_on.count; i++)
		add_dependency(unit, &unit->service->depends_on.items[i]);
	add_start_limit(unit);
}

/* ------------------------------------------------------------------ [Service] */

/* Does somebody wait until it is well, or until it has ended? */
static bool is_awaited(const struct systemd_unit *unit, enum service_condition condition)
{
	const struct project *project = unit->work->project;

	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *other = &project->services.items[i];

		for (size_t j = 0; j < other->depends_on.count; j++)
			if (other->depends_on.items[j].condition == condition &&
			    strcmp(other->depends_on.items[j].service, unit->service->name) == 0)
				return true;
	}
	return false;
}

static const char *restart_word(const struct service *service)
{
	const struct deploy_restart_policy *policy = policy_of(service);
	const char *word =
		policy ? (policy->condition ? policy->condition : "any") : service->restart;

	if (!word || !*word || strncmp(word, "no", 2) == 0)
		return "no";
	return strncmp(word, "on-failure", 10) == 0 ? "on-failure" : "always";
}

static void add_hooks(const struct systemd_unit *unit, const char *key,
		      const struct service_hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		const struct service_hook *hook = &hooks->items[i];

		strbuf_printf(unit->text, "%s=/usr/bin/podman exec", key);
		if (hook->user) {
			strbuf_add(unit->text, " --user ");
			unit_text_word(unit->text, hook->user);
		}
		if (hook->working_dir) {
			strbuf_add(unit->text, " --workdir ");
			unit_text_word(unit->text, hook->working_dir);
		}
		if (hook->privileged == TRISTATE_TRUE)
			strbuf_add(unit->text, " --privileged");
		for (char **pair = hook->environment; pair && *pair; pair++) {
			strbuf_add(unit->text, " --env ");
			unit_text_word(unit->text, *pair);
		}
		strbuf_printf(unit->text, " %s", unit->name);
		for (char **word = hook->command; word && *word; word++) {
			strbuf_add_char(unit->text, ' ');
			unit_text_word(unit->text, *word);
		}
		strbuf_add_char(unit->text, '\n');
	}
}

static void add_service(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;
	const struct deploy_restart_policy *policy = policy_of(service);
	int64_t grace = model_number(service->stop_grace_period, 10000000000LL);

	strbuf_add(unit->text, "\n[Service]\n");
	if (is_awaited(unit, CONDITION_COMPLETED_SUCCESSFULLY))
		strbuf_add(unit->text, "Type=oneshot\nRemainAfterExit=yes\n");
	unit_text_line(unit->text, "Restart", restart_word(service));
	if (policy && model_number(policy->delay, 0) > 0)
		unit_text_duration(unit->text, "RestartSec", policy->delay);
	/* An image may have to be pulled first. */
	strbuf_add(unit->text, "TimeoutStartSec=900\n");
	unit_text_duration(unit->text, "TimeoutStopSec", grace + 10000000000LL);
	add_hooks(unit, "ExecStartPost", &service->post_start);
	add_hooks(unit, "ExecStop", &service->pre_stop);
}

/* ------------------------------------------------------------------ [Container] */

/* Podman takes JSON, too, which needs no quoting of a shell's. */
static void add_test(const struct systemd_unit *unit, char *const *test)
{
	struct export_work *work = unit->work;
	struct node *list = node_new_list(work->arena, NULL);
	auto_strbuf struct strbuf text = {0};

	for (; *test; test++)
		export_add_text(work, list, *test);
	emit_json(&text, list, &(struct emit){0}, false);
	unit_text_line(unit->text, "HealthCmd", strbuf_text(&text));
}

static void add_health(const struct systemd_unit *unit)
{
	const struct service_healthcheck *check = unit->service->healthcheck;

	if (!check)
		return;
	if (check->disable == TRISTATE_TRUE ||
	    (check->test && *check->test && strcmp(check->test[0], "NONE") == 0)) {
		unit_text_line(unit->text, "HealthCmd", "none");
		return;
	}
	if (check->test && *check->test)
		add_test(unit, check->test);
	if (check->interval != MODEL_UNSET)
		unit_text_duration(unit->text, "HealthInterval", check->interval);
	if (check->timeout != MODEL_UNSET)
		unit_text_duration(unit->text, "HealthTimeout", check->timeout);
	if (check->start_period != MODEL_UNSET)
		unit_text_duration(unit->text, "HealthStartPeriod", check->start_period);
	if (check->retries != MODEL_UNSET)
		unit_text_linef(unit->text, "HealthRetries", "%lld", (long long)check->retries);
	if (is_awaited(unit, CONDITION_HEALTHY))
		unit_text_line(unit->text, "Notify", "healthy");
}

static void add_image(const struct systemd_unit *unit)
{
	const struct service *service = unit->service;
	struct export_work *work = unit->work;
	const char *image = service->image
				    ? service->image
				    : arena_format(work->arena, "%s%s%s", work->project->name,
						   work->project->name_separator, service->name);

	unit_text_line(unit->text, "Image", image);
	if (service->build)
		export_note(
			work, WAY(KEY("services"), KEY(service->name), KEY("build")),
			"Podman must find the image '%s': 'coracle image save %s | podman load'",
			image, image);
}

static void add_container(const struct systemd_unit *unit)
{
	strbuf_add(unit->text, "\n[Container]\n");
	add_image(unit);
	unit_text_line(unit->text, "ContainerName", unit->name);
	systemd_process(unit);
	add_health(unit);
	systemd_limits(unit);
	systemd_network(unit);
	systemd_mounts(unit);
}

void systemd_containers(struct export_work *work, const struct service *service)
{
	int64_t replicas = project_replicas(service);

	for (int64_t i = 1; i <= replicas; i++) {
		auto_strbuf struct strbuf text = {0};
		const struct systemd_unit unit = {
			.work = work,
			.service = service,
			.text = &text,
			.name = systemd_container_name(work, service, i),
			.number = i,
			.replicas = replicas,
		};

		add_unit(&unit);
		add_container(&unit);
		add_service(&unit);
		strbuf_add(&text, "\n[Install]\nWantedBy=multi-user.target\n");
		export_add_file(work,
				arena_format(work->arena, "quadlet/%s.container",
					     systemd_unit_name(work, service, i)),
				&text, false);
	}
}

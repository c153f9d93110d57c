/* SPDX-License-Identifier: Apache-2.0 */
/* A container: what its process is, how it is asked for its health, and what it may take. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

#define WAY_TO(container, ...) WAY(KEY("services"), KEY((container)->service->name), __VA_ARGS__)

/* ------------------------------------------------------------------ image */

static void add_image(struct pod_container *container)
{
	const struct service *service = container->service;
	struct export_work *work = container->pod->work;
	const char *image = service->image
				    ? service->image
				    : arena_format(work->arena, "%s%s%s", work->project->name,
						   work->project->name_separator, service->name);
	static const struct {
		const char *word, *policy;
	} policies[] = {{"always", "Always"},	     {"never", "Never"},
			{"missing", "IfNotPresent"}, {"if_not_present", "IfNotPresent"},
			{"build", "IfNotPresent"},   {"daily", "Always"},
			{"weekly", "Always"}};

	export_set_text(work, container->node, "image", image);
	for (size_t i = 0; service->pull_policy && i < array_length(policies); i++)
		if (strcmp(service->pull_policy, policies[i].word) == 0)
			export_set_text(work, container->node, "imagePullPolicy",
					policies[i].policy);
	if (service->pull_policy && strncmp(service->pull_policy, "every_", 6) == 0)
		export_set_text(work, container->node, "imagePullPolicy", "Always");
	if (service->build)
		export_note(work, WAY_TO(container, KEY("build")),
			    "the cluster must find the image '%s': 'coracle build', 'coracle push'",
			    image);
}

/* ------------------------------------------------------------------ process */

static void add_words(struct pod_container *container, const char *key, char *const *words)
{
	struct export_work *work = container->pod->work;

	for (; words && *words; words++)
		export_add_text(work, export_list_at(work, container->node, key),
				kubernetes_text(work, *words));
}

/* command is the image's entrypoint, args its command. */
static void add_process(struct pod_container *container)
{
	const struct service *service = container->service;
	bool has_none = service->entrypoint && !*service->entrypoint;

	if (has_none) {
		add_words(container, "command", service->command);
		if (!service->command || !*service->command)
			export_note(container->pod->work, WAY_TO(container, KEY("entrypoint")),
				    "an entrypoint of the image cannot be taken away without a "
				    "command");
	} else {
		add_words(container, "command", service->entrypoint);
		add_words(container, "args", service->command);
	}
	if (service->command && !*service->command && !service->entrypoint)
		export_note(container->pod->work, WAY_TO(container, KEY("command")),
			    "a command of the image cannot be taken away");
	if (service->working_dir)
		export_set_text(container->pod->work, container->node, "workingDir",
				service->working_dir);
}

/* ------------------------------------------------------------------ environment */

static bool is_from_file(const struct pod_container *container)
{
	const struct node *tree = container->pod->work->project->tree;
	const struct node *service = node_get(node_get(tree, "services"), container->service->name);
	const struct node *files = node_get(service, "env_file");

	return files && !node_is_null(files) && (node_is_scalar(files) || files->count);
}

bool kubernetes_is_variable(const char *name)
{
	if (!*name || isdigit((unsigned char)*name) || strcmp(name, ".") == 0 ||
	    strncmp(name, "..", 2) == 0)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static void add_variable(struct pod_container *container, const char *name, const char *value)
{
	const struct step *way = WAY_TO(container, KEY("environment"), KEY(name));
	struct export_work *work = container->pod->work;
	struct node *item = export_add_map(work, export_list_at(work, container->node, "env"));

	export_set_text(work, item, "name", name);
	export_set_text(work, item, "value", kubernetes_text(work, value));
	kubernetes_note_resolver(work, way, value);
}

/* Much of it comes from files: then it is a ConfigMap's, which can be changed by itself. */
static void add_environment(struct pod_container *container)
{
	const struct service *service = container->service;
	struct export_work *work = container->pod->work;
	const char *id = arena_format(work->arena, "env %s", service->name);
	struct config_map *map =
		is_from_file(container)
			? kubernetes_config_map(work, id,
						arena_format(work->arena, "%s-env",
							     kubernetes_name(work, service)))
			: NULL;

	if (map) {
		struct node *from =
			export_add_map(work, export_list_at(work, container->node, "envFrom"));

		export_set_text(work, export_map_at(work, from, "configMapRef"), "name", map->name);
	}
	for (char **pair = service->environment; pair && *pair; pair++) {
		const char *value, *name = export_split(work, *pair, &value);

		if (!value) {
			export_note(work, WAY_TO(container, KEY("environment"), KEY(name)),
				    "a variable of the image cannot be taken away");
		} else if (!kubernetes_is_variable(name)) {
			export_note(work, WAY_TO(container, KEY("environment"), KEY(name)),
				    KUBERNETES_NO_VARIABLE);
		} else if (map) {
			struct strbuf content = {.text = (char *)(uintptr_t)value,
						 .length = strlen(value)};

			kubernetes_map_add(work, map, name, &content);
		} else {
			add_variable(container, name, value);
		}
	}
}

/* ------------------------------------------------------------------ probes */

static int64_t seconds(int64_t value, int64_t fallback)
{
	int64_t nanoseconds = model_number(value, 0);
	int64_t rounded = (nanoseconds + 999999999) / 1000000000;

	return rounded > 0 ? rounded : fallback;
}

static void add_command(struct pod_container *container, struct node *probe, char *const *test)
{
	struct export_work *work = container->pod->work;
	struct node *exec = export_list_at(work, export_map_at(work, probe, "exec"), "command");

	if (strcmp(test[0], "CMD-SHELL") == 0) {
		export_add_text(work, exec, "/bin/sh");
		export_add_text(work, exec, "-c");
	}
	for (test++; *test; test++)
		export_add_text(work, exec, *test);
}

static void add_probe(struct pod_container *container, const char *key, int64_t period,
		      int64_t failures)
{
	const struct service_healthcheck *check = container->service->healthcheck;
	struct export_work *work = container->pod->work;
	struct node *probe = export_map_at(work, container->node, key);

	add_command(container, probe, check->test);
	export_set_number(work, probe, "periodSeconds", period);
	export_set_number(work, probe, "timeoutSeconds", seconds(check->timeout, 30));
	export_set_number(work, probe, "failureThreshold", failures);
}

/* Does it have to be restarted when it is not well? What only ends is not. */
static bool is_restarted(const struct service *service)
{
	const struct deploy_restart_policy *policy =
		service->deploy ? service->deploy->restart_policy : NULL;
	const char *word =
		policy ? (policy->condition ? policy->condition : "any") : service->restart;

	return word && *word && strncmp(word, "no", 2) != 0;
}

void kubernetes_probes(struct pod_container *container)
{
	const struct service_healthcheck *check = container->service->healthcheck;
	int64_t retries, interval, fast, start;

	if (!check || check->disable == TRISTATE_TRUE)
		return;
	if (!check->test || !*check->test) {
		export_note(container->pod->work, WAY_TO(container, KEY("healthcheck")),
			    "without a test: the image's own is not looked at there");
		return;
	}
	if (strcmp(check->test[0], "NONE") == 0 || !check->test[1])
		return;
	retries = model_number(check->retries, 0) > 0 ? check->retries : 3;
	interval = seconds(check->interval, 30);
	fast = check->start_interval != MODEL_UNSET ? seconds(check->start_interval, 5) : interval;
	start = seconds(check->start_period, 0);
	if (is_restarted(container->service)) {
		if (start)
			add_probe(container, "startupProbe", fast,
				  (start + fast - 1) / fast + retries);
		add_probe(container, "livenessProbe", interval, retries);
	}
	add_probe(container, "readinessProbe", interval, retries);
}

/* ------------------------------------------------------------------ hooks */

static void add_quoted(struct strbuf *out, const char *word)
{
	strbuf_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_add(out, "'\\'");
		strbuf_add_char(out, *word);
	}
	strbuf_add_char(out, '\'');
}

/* One is executed, several are commands of a shell. */
static void add_handler(struct pod_container *container, const char *key,
			const struct service_hooks *hooks)
{
	struct export_work *work = container->pod->work;
	auto_strbuf struct strbuf script = {0};
	struct node *handler;

	if (!hooks->count)
		return;
	handler = export_map_at(work, export_map_at(work, container->node, "lifecycle"), key);
	handler = export_map_at(work, handler, "exec");
	if (hooks->count == 1) {
		export_set_texts(work, handler, "command", hooks->items[0].command);
		return;
	}
	for (size_t i = 0; i < hooks->count; i++) {
		strbuf_add(&script, i ? " &&" : "");
		for (char **word = hooks->items[i].command; word && *word; word++) {
			strbuf_add(&script, script.length ? " " : "");
			add_quoted(&script, *word);
		}
	}
	handler = export_list_at(work, handler, "command");
	export_add_text(work, handler, "/bin/sh");
	export_add_text(work, handler, "-c");
	export_add_text(work, handler, strbuf_text(&script));
}

/* ------------------------------------------------------------------ the container */

int kubernetes_container(struct pod *pod, const struct service *service, struct node *list,
			 struct error *err)
{
	struct export_work *work = pod->work;
	struct pod_container container = {pod, service, export_add_map(work, list)};
	bool is_main = service == pod->service;

	export_set_text(work, container.node, "name",
			export_name(work, arena_format(work->arena, "container of %s", pod->name),
				    service->name, kubernetes_name(work, service)));
	add_image(&container);
	add_process(&container);
	add_environment(&container);
	if (is_main)
		kubernetes_container_ports(&container);
	kubernetes_resources(&container);
	if (is_main && pod->workload != WORKLOAD_JOB)
		kubernetes_probes(&container);
	if (is_main) {
		add_handler(&container, "postStart", &service->post_start);
		add_handler(&container, "preStop", &service->pre_stop);
	}
	kubernetes_security(&container);
	if (service->stdin_open == TRISTATE_TRUE)
		export_set_flag(work, container.node, "stdin", true);
	if (service->tty == TRISTATE_TRUE)
		export_set_flag(work, container.node, "tty", true);
	return kubernetes_mounts(&container, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod and its containers may do and be, and where they may run. */
#include "compose/export/kubernetes_private.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <ctype.h>
#include <string.h>

#define WAY_TO(of, ...) WAY(KEY("services"), KEY((of)->service->name), __VA_ARGS__)

/* A number of its own, not a name of the image's /etc/passwd. */
static bool parse_id(const char *text, size_t length, int64_t *id)
{
	*id = 0;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]) || *id > INT32_MAX)
			return false;
		*id = *id * 10 + (text[i] - '0');
	}
	return length > 0;
}

static void add_user(struct export_work *work, struct node *context, const char *user,
		     const struct step *way)
{
	size_t length = strcspn(user, ":");
	int64_t id;

	if (!*user)
		return;
	if (!parse_id(user, length, &id)) {
		export_note(work, way, "'%s': only numbers are known outside of the image", user);
		return;
	}
	export_set_number(work, context, "runAsUser", id);
	if (!user[length])
		return;
	if (parse_id(user + length + 1, strlen(user + length + 1), &id))
		export_set_number(work, context, "runAsGroup", id);
	else
		export_note(work, way, "'%s': only numbers are known outside of the image", user);
}

static void add_capabilities(struct pod_container *container, struct node *context, const char *key,
			     char *const *names)
{
	struct export_work *work = container->pod->work;

	for (; names && *names; names++) {
		const char *name = strncasecmp(*names, "CAP_", 4) == 0 ? *names + 4 : *names;
		char *upper = arena_string(work->arena, name);

		for (char *p = upper; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		export_add_text(
			work,
			export_list_at(work, export_map_at(work, context, "capabilities"), key),
			upper);
	}
}

/* ------------------------------------------------------------------ security_opt */

struct option_place {
	struct export_work *work;
	struct node *context;
	const struct step *way;
};

static void set_profile(const struct option_place *at, const char *key, const char *value)
{
	struct node *profile = export_map_at(at->work, at->context, key);

	if (strcmp(value, "unconfined") == 0) {
		export_set_text(at->work, profile, "type", "Unconfined");
		return;
	}
	export_set_text(at->work, profile, "type", "Localhost");
	export_set_text(at->work, profile, "localhostProfile", value);
	export_note(at->work, at->way, "the profile '%s' must be on the nodes", value);
}

static void set_privileges(const struct option_place *at, const char *value)
{
	bool has_none = !*value || strcmp(value, "true") == 0;

	export_set_flag(at->work, at->context, "allowPrivilegeEscalation", !has_none);
}

static void set_seccomp(const struct option_place *at, const char *value)
{
	set_profile(at, "seccompProfile", value);
}

static void set_apparmor(const struct option_place *at, const char *value)
{
	set_profile(at, "appArmorProfile", value);
}

/* "type:svirt_t", "disable" */
static void set_label(const struct option_place *at, const char *value)
{
	static const char *const keys[] = {"user", "role", "type", "level"};
	size_t length = strcspn(value, ":=");

	for (size_t i = 0; i < array_length(keys); i++)
		if (strlen(keys[i]) == length && strncmp(keys[i], value, length) == 0 &&
		    value[length]) {
			export_set_text(at->work,
					export_map_at(at->work, at->context, "seLinuxOptions"),
					keys[i], value + length + 1);
			return;
		}
	export_note(at->work, at->way, "label=%s has no counterpart", value);
}

static void add_option(const struct option_place *at, const char *option)
{
	static const struct {
		const char *name;
		void (*set)(const struct option_place *, const char *);
	} options[] = {
		{"no-new-privileges", set_privileges},
		{"seccomp", set_seccomp},
		{"apparmor", set_apparmor},
		{"label", set_label},
	};
	size_t length = strcspn(option, ":=");

	for (size_t i = 0; i < array_length(options); i++)
		if (strlen(options[i].name) == length &&
		    strncmp(options[i].name, option, length) == 0) {
			options[i].set(at, option[length] ? option + length + 1 : "");
			return;
		}
	export_note(at->work, at->way, "'%s' has no counterpart", option);
}

void kubernetes_security(struct pod_container *container)
{
	const struct service *service = container->service;
	struct export_work *work = container->pod->work;
	struct node *context = node_new_map(work->arena, NULL);

	if (service->user)
		add_user(work, context, service->user, WAY_TO(container, KEY("user")));
	if (service->privileged != TRISTATE_UNSET)
		export_set_flag(work, context, "privileged", service->privileged == TRISTATE_TRUE);
	if (service->read_only != TRISTATE_UNSET)
		export_set_flag(work, context, "readOnlyRootFilesystem",
				service->read_only == TRISTATE_TRUE);
	add_capabilities(container, context, "add", service->cap_add);
	add_capabilities(container, context, "drop", service->cap_drop);
	for (size_t i = 0; service->security_opt && service->security_opt[i]; i++) {
		const struct option_place at = {work, context,
						WAY_TO(container, KEY("security_opt"), ITEM(i))};

		add_option(&at, service->security_opt[i]);
	}
	if (service->privileged == TRISTATE_TRUE && node_get(context, "allowPrivilegeEscalation")) {
		node_remove(context, node_find(context, "allowPrivilegeEscalation"));
		export_note(work, WAY_TO(container, KEY("security_opt")),
			    "a privileged container may always have more privileges");
	}
	if (context->count)
		node_set(work->arena, container->node, "securityContext", context);
}

/* ------------------------------------------------------------------ the pod */

/* What the kubelet lets pods set without being told so (Kubernetes 1.33). */
static bool is_safe_sysctl(const char *name)
{
	static const char *const safe[] = {
		"kernel.shm_rmid_forced",
		"net.ipv4.ip_local_port_range",
		"net.ipv4.tcp_syncookies",
		"net.ipv4.ping_group_range",
		"net.ipv4.ip_local_reserved_ports",
		"net.ipv4.ip_unprivileged_port_start",
		"net.ipv4.tcp_keepalive_time",
		"net.ipv4.tcp_fin_timeout",
		"net.ipv4.tcp_keepalive_intvl",
		"net.ipv4.tcp_keepalive_probes",
		"net.ipv4.tcp_rmem",
		"net.ipv4.tcp_wmem",
	};

	for (size_t i = 0; i < array_length(safe); i++)
		if (strcmp(safe[i], name) == 0)
			return true;
	return false;
}

static void add_sysctls(struct pod *pod, struct node *context)
{
	for (char **pair = pod->service->sysctls; pair && *pair; pair++) {
		const char *value, *name = export_split(pod->work, *pair, &value);
		struct node *item =
			export_add_map(pod->work, export_list_at(pod->work, context, "sysctls"));

		export_set_text(pod->work, item, "name", name);
		export_set_text(pod->work, item, "value", value ? value : "");
		if (!is_safe_sysctl(name))
			export_note(pod->work, WAY_TO(pod, KEY("sysctls"), KEY(name)),
				    "it is carried over, and the kubelet refuses the pod unless "
				    "--allowed-unsafe-sysctls names it");
	}
}

void kubernetes_pod_security(struct pod *pod)
{
	struct node *context = node_new_map(pod->work->arena, NULL);
	int64_t id;

	for (size_t i = 0; pod->service->group_add && pod->service->group_add[i]; i++) {
		const char *group = pod->service->group_add[i];

		if (!parse_id(group, strlen(group), &id)) {
			export_note(pod->work, WAY_TO(pod, KEY("group_add"), ITEM(i)),
				    "'%s': only numbers are known outside of the image", group);
			continue;
		}
		node_append(pod->work->arena,
			    export_list_at(pod->work, context, "supplementalGroups"),
			    node_new_scalar(pod->work->arena, NULL, NODE_INT,
					    arena_format(pod->work->arena, "%lld", (long long)id)));
	}
	add_sysctls(pod, context);
	if (context->count)
		node_set(pod->work->arena, pod->spec, "securityContext", context);
}

/* ------------------------------------------------------------------ placement */

static void select_node(struct pod *pod, const char *key, const char *value)
{
	export_set_text(pod->work, export_map_at(pod->work, pod->spec, "nodeSelector"), key, value);
}

/* "linux/arm64/v8" */
static void add_platform(struct pod *pod)
{
	const char *platform = pod->service->platform;
	size_t os = platform ? strcspn(platform, "/") : 0;
	struct arena *arena = pod->work->arena;

	if (!platform || !*platform)
		return;
	select_node(pod, "kubernetes.io/os", arena_string_n(arena, platform, os));
	if (platform[os])
		select_node(
			pod, "kubernetes.io/arch",
			arena_string_n(arena, platform + os + 1, strcspn(platform + os + 1, "/")));
}

static char *trimmed(struct arena *arena, const char *text, size_t length)
{
	while (length && isspace((unsigned char)*text))
		text++, length--;
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_string_n(arena, text, length);
}

/* "node.labels.disk == ssd": false when it is no equation of what a node says. */
static bool add_constraint(struct pod *pod, const char *text)
{
	static const struct {
		const char *key, *label;
	} known[] = {{"node.hostname", "kubernetes.io/hostname"},
		     {"node.platform.os", "kubernetes.io/os"},
		     {"node.platform.arch", "kubernetes.io/arch"}};
	const char *equals = strstr(text, "=="), *key, *value;

	if (!equals)
		return false;
	key = trimmed(pod->work->arena, text, (size_t)(equals - text));
	value = trimmed(pod->work->arena, equals + 2, strlen(equals + 2));
	if (strncmp(key, "node.labels.", 12) == 0 && export_is_label_key(key + 12) &&
	    export_is_label_value(value)) {
		select_node(pod, key + 12, value);
		return true;
	}
	for (size_t i = 0; i < array_length(known); i++)
		if (strcmp(key, known[i].key) == 0) {
			select_node(pod, known[i].label, value);
			return true;
		}
	return false;
}

static void add_spread(struct pod *pod, const char *key)
{
	struct export_work *work = pod->work;
	struct node *item =
		export_add_map(work, export_list_at(work, pod->spec, "topologySpreadConstraints"));

	export_set_number(work, item, "maxSkew", 1);
	export_set_text(work, item, "topologyKey", key);
	export_set_text(work, item, "whenUnsatisfiable", "ScheduleAnyway");
	kubernetes_select(
		work,
		export_map_at(work, export_map_at(work, item, "labelSelector"), "matchLabels"),
		pod->service);
}

/* No two of them on a node. */
static void add_apartness(struct pod *pod)
{
	struct export_work *work = pod->work;
	struct node *affinity =
		export_map_at(work, export_map_at(work, pod->spec, "affinity"), "podAntiAffinity");
	struct node *term = export_add_map(
		work,
		export_list_at(work, affinity, "requiredDuringSchedulingIgnoredDuringExecution"));

	kubernetes_select(
		work,
		export_map_at(work, export_map_at(work, term, "labelSelector"), "matchLabels"),
		pod->service);
	export_set_text(work, term, "topologyKey", "kubernetes.io/hostname");
}

void kubernetes_placement(struct pod *pod)
{
	const struct deploy_placement *placement =
		pod->service->deploy ? pod->service->deploy->placement : NULL;
#define WAY_TO_PLACEMENT(...) WAY_TO(pod, KEY("deploy"), KEY("placement"), __VA_ARGS__)

	add_platform(pod);
	if (!placement)
		return;
	for (size_t i = 0; placement->constraints && placement->constraints[i]; i++)
		if (!add_constraint(pod, placement->constraints[i]))
			export_note(pod->work, WAY_TO_PLACEMENT(KEY("constraints"), ITEM(i)),
				    "'%s': only equations of a node's labels, name and platform "
				    "have a counterpart",
				    placement->constraints[i]);
	for (size_t i = 0; i < placement->preferences.count; i++) {
		const char *spread = placement->preferences.items[i].spread;

		if (spread && strncmp(spread, "node.labels.", 12) == 0 &&
		    export_is_label_key(spread + 12))
			add_spread(pod, spread + 12);
		else
			export_note(pod->work, WAY_TO_PLACEMENT(KEY("preferences"), ITEM(i)),
				    "only labels of nodes have a counterpart");
	}
	if (placement->max_replicas_per_node == 1)
		add_apartness(pod);
	else if (model_number(placement->max_replicas_per_node, 0) > 1)
		export_note(pod->work, WAY_TO_PLACEMENT(KEY("max_replicas_per_node")),
			    "only one a node has a counterpart");
}

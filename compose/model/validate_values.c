/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/validate_values.h"

#include "compose/model/mistake.h"

#include "base/cleanup.h"
#include "base/units.h"

#include "engine/option_text.h"
#include "runtime/spec.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ forms */

/* 10.0.0.0/8 */
static bool is_subnet(const char *text)
{
	auto_free char *address = strdup(text);
	char *slash = strchr(address, '/');
	int64_t length;

	if (!slash)
		return false;
	*slash = '\0';
	return option_text_is_address(address) &&
	       units_parse_int(&length, slash + 1, 0, strchr(address, ':') ? 128 : 32, NULL) == 0;
}

static bool is_capability(const char *text)
{
	return spec_capability(text) >= 0 || strcasecmp(text, "ALL") == 0;
}

static bool is_signal(const char *text)
{
	return spec_signal(text) >= 0;
}

static bool is_host(const char *text)
{
	const char *address = strchr(text, '=');

	return !address || !address[1] || strcmp(address + 1, "host-gateway") == 0 ||
	       option_text_is_address(address + 1);
}

static const char *const security_names[] = {"no-new-privileges", "seccomp", "apparmor", "label",
					     "systempaths",	  NULL};

/* NAME, NAME=value or NAME:value. */
static bool is_security_option(const char *text)
{
	auto_free char *name = strndup(text, strcspn(text, "=:"));

	return mistake_is_one_of(name, security_names);
}

static bool is_interface_name(const char *text)
{
	return strlen(text) < 16 && !text[strcspn(text, "/: \t")] && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

/* ------------------------------------------------------------------ attributes */

#define TEXT(name, ...)                                                                            \
	{                                                                                          \
#name, offsetof(struct service, name), false, __VA_ARGS__                          \
	}
#define LIST(name, ...)                                                                            \
	{                                                                                          \
#name, offsetof(struct service, name), true, __VA_ARGS__                           \
	}

static const struct value {
	const char *key;
	size_t offset;
	bool is_list;
	bool (*is_good)(const char *text);
	const char *allowed;
	const char *const *names; /* to find a similar one among; NULL: none */
} values[] = {
	LIST(cap_add, is_capability, "a capability such as NET_ADMIN, or ALL", NULL),
	LIST(cap_drop, is_capability, "a capability such as NET_ADMIN, or ALL", NULL),
	TEXT(cpuset, option_text_is_cpu_set, "CPU numbers such as 0-3,5", NULL),
	LIST(device_cgroup_rules, option_text_is_device_rule,
	     "a rule such as 'c 1:3 rwm' or 'b *:* r'", NULL),
	LIST(dns, option_text_is_address, "an IP address", NULL),
	LIST(extra_hosts, is_host, "HOST=IP or HOST=host-gateway", NULL),
	TEXT(mac_address, option_text_is_mac_address, "an address such as 02:42:ac:11:00:02", NULL),
	LIST(security_opt, is_security_option,
	     "no-new-privileges, seccomp=FILE, apparmor=NAME, label=VALUE or "
	     "systempaths=unconfined",
	     security_names),
	TEXT(stop_signal, is_signal, "a signal such as SIGTERM or 15", NULL),
};

/* The names that the runtime knows, for a similar one. */
static const char *find_similar(const struct value *value, const char *text)
{
	static const char *names[128];
	bool is_capability_name = strncmp(value->key, "cap_", 4) == 0;
	const char *name;
	size_t count = 0;

	if (value->names) {
		auto_free char *own = strndup(text, strcspn(text, "=:"));

		return problem_suggest(value->names, own);
	}
	for (int i = 0; is_capability_name && i < 41; i++) {
		name = spec_capability_name(i);
		names[count++] = name + (strncasecmp(text, "CAP_", 4) == 0 ? 0 : 4);
	}
	for (int i = 1; strcmp(value->key, "stop_signal") == 0 && i < SIGRTMIN; i++)
		if ((name = sigabbrev_np(i)))
			names[count++] = name;
	names[count] = NULL;
	return problem_suggest(names, strncmp(text, "SIG", 3) == 0 ? text + 3 : text);
}

static void check_text(struct check *check, const struct value *value, const char *text,
		       const struct step *way)
{
	auto_strbuf struct strbuf path = {0};
	const char *near;

	if (!*text || value->is_good(text))
		return;
	near = find_similar(value, text);
	place_format(&path, way);
	if (!mistake_is_known(check, way))
		problem_add_at(check->problems, place_find(check->project->tree, way),
			       "%s: '%.80s' is not %s%s%s%s", strbuf_text(&path), text,
			       value->allowed, near ? "; did you mean '" : "", near ? near : "",
			       near ? "'?" : "");
}

static void check_value(struct check *check, const struct value *value)
{
	const char *member = (const char *)check->service + value->offset;

	if (!value->is_list) {
		const char *text = *(char *const *)member;

		if (text)
			check_text(check, value, text, OWN(check, KEY(value->key)));
		return;
	}
	for (size_t i = 0; *(char *const *const *)member; i++) {
		const char *text = (*(char *const *const *)member)[i];

		if (!text)
			return;
		check_text(check, value, text, OWN(check, KEY(value->key), ITEM(i)));
	}
}

static void check_ulimits(struct check *check)
{
	static const char *names[32];
	const struct service *service = check->service;

	for (int i = 0; i < 16; i++)
		names[i] = spec_rlimit_name(i);
	for (size_t i = 0; i < service->ulimits.count; i++) {
		const char *name = service->ulimits.items[i].name;
		auto_strbuf struct strbuf hint = {0};

		if (spec_rlimit(name) >= 0)
			continue;
		problem_add_suggestion(&hint, names, name);
		fail(check, OWN(check, KEY("ulimits"), KEY(name)),
		     "services.%s.ulimits: there is no limit '%s'; nofile, nproc, core, memlock "
		     "and others of setrlimit(2)%s",
		     name, strbuf_text(&hint));
	}
}

static void check_devices(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->devices.count; i++) {
		const char *text = service->devices.items[i].permissions;

		if (text && (strlen(text) > 3 || text[strspn(text, "rwm")]))
			fail(check, OWN(check, KEY("devices"), ITEM(i), KEY("permissions")),
			     "services.%s.devices[%zu]: '%s' are not permissions; some of r, w and "
			     "m",
			     i, text);
	}
}

static void check_interfaces(struct check *check)
{
	const struct service *service = check->service;

	for (size_t i = 0; i < service->networks.count; i++) {
		const struct service_network *network = &service->networks.items[i];
		const char *mac = network->mac_address, *name = network->interface_name;

		if (mac && *mac && !option_text_is_mac_address(mac))
			fail(check,
			     OWN(check, KEY("networks"), KEY(network->network), KEY("mac_address")),
			     "services.%s.networks.%s.mac_address: '%s' is not an address such as "
			     "02:42:ac:11:00:02",
			     network->network, mac);
		if (name && *name && !is_interface_name(name))
			fail(check,
			     OWN(check, KEY("networks"), KEY(network->network),
				 KEY("interface_name")),
			     "services.%s.networks.%s.interface_name: '%s' is not a name of an "
			     "interface; at most 15 characters without '/', ':' and blanks",
			     network->network, name);
	}
}

void validate_values(struct check *check)
{
	for (size_t i = 0; i < array_length(values); i++)
		check_value(check, &values[i]);
	check_ulimits(check);
	check_devices(check);
	check_interfaces(check);
}

/* ------------------------------------------------------------------ networks */

void validate_network_values(const struct project *project, const struct project_network *network,
			     struct problems *problems)
{
	const struct network_ipam *ipam = network->ipam;

	for (size_t i = 0; ipam && i < ipam->config.count; i++) {
		const struct ipam_config *config = &ipam->config.items[i];
		const struct {
			const char *key, *text;
			bool (*is_good)(const char *text);
			const char *allowed;
		} addresses[] = {
			{"subnet", config->subnet, is_subnet, "a subnet such as 10.5.0.0/16"},
			{"ip_range", config->ip_range, is_subnet, "a range such as 10.5.1.0/24"},
			{"gateway", config->gateway, option_text_is_address, "an IP address"},
		};

		for (size_t j = 0; j < array_length(addresses); j++)
			if (addresses[j].text && *addresses[j].text &&
			    !addresses[j].is_good(addresses[j].text))
				problem_add_at(problems,
					       place_find(project->tree,
							  WAY(KEY("networks"), KEY(network->key),
							      KEY("ipam"), KEY("config"), ITEM(i),
							      KEY(addresses[j].key))),
					       "networks.%s.ipam.config[%zu].%s: '%s' is not %s",
					       network->key, i, addresses[j].key, addresses[j].text,
					       addresses[j].allowed);
	}
}

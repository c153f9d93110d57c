/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/effects.h"

#include "compose/model.h"
#include "compose/place.h"
#include "compose/problems.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

static const char *const log_drivers[] = {"", "json-file", "local", "none", NULL};
static const char *const log_options[] = {"max-size", "max-file", NULL};

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

bool effects_is_log_driver(const char *driver)
{
	return !driver || is_one_of(driver, log_drivers);
}

bool effects_is_log_option(const char *name)
{
	return is_one_of(name, log_options);
}

/* Which namespaces can be named. */
static const struct mode {
	const char *key;
	size_t offset;
	const char *const *words;
	bool takes_others; /* service:NAME and container:NAME */
	const char *allowed;
} modes[] = {
	{"ipc", offsetof(struct service, ipc),
	 (const char *const[]){"", "host", "none", "private", "shareable", NULL}, true,
	 "host, none, private, shareable, service:NAME or container:NAME"},
	{"pid", offsetof(struct service, pid), (const char *const[]){"", "host", "private", NULL},
	 true, "host, private, service:NAME or container:NAME"},
	{"uts", offsetof(struct service, uts), (const char *const[]){"", "host", "private", NULL},
	 false, "host or private"},
	{"cgroup", offsetof(struct service, cgroup),
	 (const char *const[]){"", "host", "private", NULL}, false, "host or private"},
};

static void check_mode(const struct project *project, const struct service *service,
		       const struct mode *mode, struct problems *problems)
{
	const char *value = *(char *const *)((const char *)service + mode->offset);

	if (!value || is_one_of(value, mode->words) ||
	    (mode->takes_others &&
	     (strncmp(value, "service:", 8) == 0 || strncmp(value, "container:", 10) == 0)))
		return;
	problem_add_at(
		problems,
		place_find(project->tree, WAY(KEY("services"), KEY(service->name), KEY(mode->key))),
		"services.%s.%s: '%s' is not allowed; %s", service->name, mode->key, value,
		mode->allowed);
}

static void check_logging(const struct service *service)
{
	const struct service_logging *logging = service->logging;

	if (!logging || !effects_is_log_driver(logging->driver))
		return; /* validate_service says so */
	for (char **option = logging->options; option && *option; option++) {
		auto_free char *name = alloc_string_n(*option, strcspn(*option, "="));

		if (!effects_is_log_option(name))
			log_warning_once("services.%s.logging.options.%s has no effect: there are "
					 "max-size and max-file",
					 service->name, name);
	}
}

/* The kernel's name of this machine as images have it. */
static const char *architecture(void)
{
	static const struct {
		const char *machine, *name;
	} names[] = {
		{"x86_64", "amd64"},	{"aarch64", "arm64"},	{"armv7l", "arm"},
		{"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"},
	};
	static struct utsname system;

	uname(&system);
	for (size_t i = 0; i < array_length(names); i++)
		if (strcmp(system.machine, names[i].machine) == 0)
			return names[i].name;
	return system.machine;
}

static void check_platform(const struct service *service)
{
	const char *ours = architecture(), *slash;
	size_t length = strlen(ours);

	if (!service->platform || !*service->platform)
		return;
	slash = strchr(service->platform, '/');
	if (slash && strncmp(slash + 1, ours, length) == 0 &&
	    (!slash[1 + length] || slash[1 + length] == '/'))
		return;
	log_warning_once("services.%s.platform has no effect: '%s' is not this machine's "
			 "(linux/%s), the image that is here is used",
			 service->name, service->platform, ours);
}

static void check_pull_policy(const struct service *service)
{
	static const char *const local[] = {"", "never", "missing", "if_not_present", NULL};

	if (service->pull_policy && !is_one_of(service->pull_policy, local))
		log_warning_once("services.%s.pull_policy: '%s' has no effect: images are neither "
				 "pulled nor built yet, the one that is here is used",
				 service->name, service->pull_policy);
}

static void check_deploy(const struct service *service)
{
	const char *mode = service->deploy ? service->deploy->mode : NULL;

	if (mode && strstr(mode, "-job"))
		log_warning_once("services.%s.deploy.mode: '%s' has no effect: jobs run as other "
				 "services do; set 'restart: \"no\"'",
				 service->name, mode);
}

static void check_mounts(const struct service *service)
{
	for (size_t i = 0; i < service->volumes.count; i++) {
		const struct mount_bind *bind = service->volumes.items[i].bind;

		if (bind && bind->recursive && strcmp(bind->recursive, "writable") == 0)
			log_warning_once("services.%s.volumes[%zu].bind.recursive: 'writable' has "
					 "no effect: what is mounted below is as writable as the "
					 "mount",
					 service->name, i);
	}
}

void effects_check(const struct project *project, const struct service *service,
		   struct problems *problems)
{
	for (size_t i = 0; i < array_length(modes); i++)
		check_mode(project, service, &modes[i], problems);
	check_logging(service);
	check_platform(service);
	check_pull_policy(service);
	check_deploy(service);
	check_mounts(service);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/model/effects.h"

#include "compose/model/model.h"
#include "compose/model/place.h"
#include "compose/model/problems.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/logs/logfile.h"
#include "engine/namespace_mode.h"
#include "storage/reference.h"

#include <stddef.h>
#include <string.h>

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
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
	    (mode->takes_others && namespace_mode_parse(value).name))
		return;
	problem_add_at(
		problems,
		place_find(project->tree, WAY(KEY("services"), KEY(service->name), KEY(mode->key))),
		"services.%s.%s: '%s' is not allowed; %s", service->name, mode->key, value,
		mode->allowed);
}

/* Not where something is wrong: it may be the variable in the reference. */
static void check_image(const struct service *service, const struct problems *problems)
{
	const char *image = service->image ? service->image : "";
	bool is_id = strlen(image) == DIGEST_HEX_SIZE - 1 && reference_is_hex(image, strlen(image));
	struct error err = {0};
	auto_free char *full = reference_normalize(image, &err);

	if (!full && *image && !is_id && !problems->count)
		log_warning_once("services.%s.image: %s", service->name, err.text);
}

static void check_logging(const struct service *service)
{
	const struct service_logging *logging = service->logging;
	const char *driver = logging ? log_options_driver(logging->driver) : NULL;

	if (!driver)
		return; /* service_config refuses it */
	if (logging->driver && *logging->driver && strcmp(driver, logging->driver) != 0) {
		log_warning_once("services.%s.logging.driver: '%s' is not supported: the output "
				 "is kept here, by the driver '%s', and nothing is sent",
				 service->name, logging->driver, driver);
		return;
	}
	for (char **option = logging->options; option && *option; option++) {
		auto_free char *name = alloc_string_n(*option, strcspn(*option, "="));

		if (!log_options_is_option(logging->driver, name))
			log_warning_once(
				"services.%s.logging.options.%s has no effect: there are "
				"max-size, max-file, labels and env, for syslog and journald also "
				"tag, for syslog also syslog-address, syslog-facility and "
				"syslog-format",
				service->name, name);
	}
}

static void check_deploy(const struct service *service)
{
	const char *mode = service->deploy ? service->deploy->mode : NULL;

	if (mode && strstr(mode, "-job"))
		log_warning_once("services.%s.deploy.mode: '%s' has no effect: jobs run as other "
				 "services do; set 'restart: \"no\"'",
				 service->name, mode);
}

void effects_check(const struct project *project, const struct service *service,
		   struct problems *problems)
{
	for (size_t i = 0; i < array_length(modes); i++)
		check_mode(project, service, &modes[i], problems);
	check_image(service, problems);
	check_logging(service);
	check_deploy(service);
}

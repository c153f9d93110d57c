/* SPDX-License-Identifier: Apache-2.0 */
/* Rights and devices: capabilities, --privileged, --security-opt, --device; what cannot be had. */
#include "cli/request/request_private.h"

#include "base/cleanup.h"
#include "base/record.h"
#include "engine/option_text.h"
#include "engine/security_options.h"

static bool is_mode(const char *text)
{
	return *text && strlen(text) <= 3 && !text[strspn(text, "rwm")];
}

/* "SOURCE[:TARGET][:MODE]" as the engine has it, with all three parts. */
static int add_device(struct strvec *devices, char *text, struct error *err)
{
	const char *whole = text, *parts[3] = {NULL}, *target, *mode = "rwm";
	size_t count = 0;

	while (text && count < array_length(parts))
		parts[count++] = strsep(&text, ":");
	target = parts[0];
	if (count == 2 && is_mode(parts[1]))
		mode = parts[1];
	else if (count > 1)
		target = parts[1];
	if (count == 3)
		mode = parts[2];
	if (text || !*parts[0])
		return error_set(err, ERROR_INVALID, "bad format for path: %s", whole);
	if (!is_mode(mode))
		return error_set(err, ERROR_INVALID, "bad mode specified: %s", mode);
	if (*target != '/')
		return error_set(err, ERROR_INVALID, "%s is not an absolute path", target);
	strvec_addf(devices, "%s:%s:%s", parts[0], target, mode);
	return 0;
}

static int fill_devices(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	auto_strvec struct strvec devices = {0};

	strvec_each (text, &options->devices)
		if (add_device(&devices, arena_string(request->arena, *text), err) < 0)
			return -1;
	strvec_each (rule, &options->device_rules)
		if (!option_text_is_device_rule(*rule))
			return error_set(err, ERROR_INVALID, "invalid device cgroup format '%s'",
					 *rule);
	request->config->devices_requested =
		devices.count ? strvec_copy(&devices, request->arena) : NULL;
	request->config->device_rules = strvec_copy(&options->device_rules, request->arena);
	return 0;
}

static int fill_security(struct request *request, struct error *err)
{
	const struct request_options *options = request->options;
	struct container_config *config = request->config;

	config->privileged = options->privileged;
	config->cap_add = strvec_copy(&options->cap_add, request->arena);
	config->cap_drop = strvec_copy(&options->cap_drop, request->arena);
	if (security_options_set(config, strvec_copy(&options->security, request->arena), ".",
				 request->arena, err) < 0)
		return error_wrap(err, "invalid --security-opt");
	return 0;
}

/* What asks for something that this program has not. */
static int refuse(const struct request_options *options, struct error *err)
{
	static const char *const runtimes[] = {"", "runc", "io.containerd.runc.v2", NULL};
	static const char *const isolations[] = {"", "default", NULL};

	if (options->gpus)
		return error_set(err, ERROR_UNSUPPORTED,
				 "could not select device driver \"\" with capabilities: [[gpu]]: "
				 "--gpus is not supported: name the device files with --device");
	if (options->runtime && record_find_word(runtimes, options->runtime) < 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "unknown or invalid runtime name: %s: there is one runtime here, "
				 "which also answers to runc and io.containerd.runc.v2",
				 options->runtime);
	if (options->isolation && record_find_word(isolations, options->isolation) < 0)
		return error_set(err, ERROR_INVALID,
				 "invalid isolation (%s): linux only supports 'default'",
				 options->isolation);
	if (options->storage.count)
		return error_set(err, ERROR_UNSUPPORTED,
				 "--storage-opt is supported only for overlay over xfs with "
				 "'pquota' mount option, and not here: a container's file system "
				 "has no limit of its own");
	return 0;
}

int request_fill_devices(struct request *request, struct error *err)
{
	return refuse(request->options, err) < 0 || fill_security(request, err) < 0
		       ? -1
		       : fill_devices(request, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The member Config of a container's document: what does not depend on the host. The image's part
 * of it counts, too; when the image has been removed, what was made of both when it was created.
 */
#include "describe/describe_private.h"
#include "describe/objects.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "engine/container.h"
#include "storage/image/image.h"

#include <string.h>

/* All members that Docker has, as they are when nothing is set; those that it leaves out then are
 * below. */
static const char unset[] =
	"{\"Hostname\":\"\",\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,"
	"\"AttachStdout\":true,\"AttachStderr\":true,\"ExposedPorts\":null,\"Tty\":false,"
	"\"OpenStdin\":false,\"StdinOnce\":false,\"Env\":null,\"Cmd\":null,\"Healthcheck\":null,"
	"\"Image\":\"\",\"Volumes\":null,\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,"
	"\"Labels\":{},\"StopSignal\":null,\"StopTimeout\":null}";
static const char *const left_out[] = {"ExposedPorts", "Healthcheck", "StopSignal", "StopTimeout",
				       NULL};

static json *strings_or_null(char *const *items)
{
	return items ? json_from_strings(items) : NULL;
}

static void set_expiry(json *value, const char *name, int64_t ns)
{
	if (ns)
		json_set_int(value, name, ns);
}

static int64_t first_set(int64_t a, int64_t b)
{
	return a ? a : b;
}

/* As asked for, without the defaults. */
static json *describe_healthcheck(const struct image_healthcheck *own,
				  const struct image_healthcheck *image)
{
	char *const *test = own->test ? own->test : image->test;
	json *value;

	if (!test)
		return NULL;
	value = json_new_object();
	json_set(value, "Test", json_from_strings(test));
	set_expiry(value, "Interval", first_set(own->interval_ns, image->interval_ns));
	set_expiry(value, "Timeout", first_set(own->timeout_ns, image->timeout_ns));
	set_expiry(value, "StartPeriod", first_set(own->start_period_ns, image->start_period_ns));
	set_expiry(value, "StartInterval",
		   first_set(own->start_interval_ns, image->start_interval_ns));
	set_expiry(value, "Retries", first_set(own->retries, image->retries));
	return value;
}

static json *describe_exposed(const struct container *container)
{
	json *value = json_new_object();

	for (char **port = container->expose; port && *port; port++)
		json_set(value, *port, json_new_object());
	for (size_t i = 0; i < container->config.port_count; i++) {
		const struct port_request *port = &container->config.ports[i];
		auto_free char *name = alloc_format("%u/%s", port->container_port,
						    describe_text_or(port->protocol, "tcp"));

		json_set(value, name, json_new_object());
	}
	return describe_unless_empty(value);
}

/* Those without a name, of the container and of its image. */
static json *describe_volumes(const struct container *container, const struct image *image)
{
	const struct container_config *config = &container->config;
	json *value = json_new_object();

	for (size_t i = 0; i < config->mount_count; i++)
		if (config->mounts[i].type == CONTAINER_MOUNT_VOLUME && !config->mounts[i].source)
			json_set(value, config->mounts[i].target, json_new_object());
	for (char **path = image ? image->volumes : NULL; path && *path; path++)
		json_set(value, *path, json_new_object());
	return describe_unless_empty(value);
}

static void set_command(json *value, const struct container *container, const struct image *image)
{
	const struct container_config *config = &container->config;
	char **entrypoint = config->entrypoint ? config->entrypoint : image->entrypoint;
	char **cmd = config->cmd || config->entrypoint ? config->cmd : image->cmd;

	json_set(value, "Cmd", strings_or_null(cmd));
	json_set(value, "Entrypoint", strings_or_null(entrypoint));
}

static void set_of_image(json *value, const struct container *container, const struct image *image)
{
	const struct container_config *config = &container->config;

	set_command(value, container, image);
	json_set_string(value, "User", config->user ? config->user : image->user);
	json_set_string(value, "WorkingDir",
			config->working_dir ? config->working_dir : image->working_dir);
	json_set_string(value, "StopSignal",
			config->stop_signal ? config->stop_signal : image->stop_signal);
	json_set(value, "Healthcheck",
		 describe_healthcheck(&config->healthcheck, &image->healthcheck));
}

json *describe_container_config(const struct container *container, const struct image *image)
{
	const struct container_config *config = &container->config;
	const struct image resolved = {
		.cmd = container->args,
		.user = container->user,
		.working_dir = container->working_dir,
		.stop_signal = container->stop_signal,
		.healthcheck = container->healthcheck,
	};
	json *value = describe_unset(unset);
	char short_id[13];

	describe_short_id(short_id, container->id);
	json_set_string(value, "Hostname", describe_text_or(config->hostname, short_id));
	json_set_string(value, "Domainname", config->domainname);
	json_set(value, "ExposedPorts", describe_exposed(container));
	json_set_bool(value, "Tty", config->tty);
	json_set_bool(value, "OpenStdin", config->stdin_open);
	json_set(value, "Env", json_from_strings(container->env));
	json_set_string(value, "Image", config->image);
	json_set(value, "Volumes", describe_volumes(container, image));
	json_set(value, "Labels", pair_to_json(config->labels, config->label_count));
	set_of_image(value, container, image ? image : &resolved);
	if (config->stop_timeout_ns >= 0)
		json_set_int(value, "StopTimeout", config->stop_timeout_ns / SECOND);
	return describe_drop_null(value, left_out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/update.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "oci/container.h"
#include "runtime/cgroup.h"
#include "runtime/cgroup_scope.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define NEW_CONFIG "config.json.new"

void oci_update_merge(json *object, const json *changes)
{
	json_each (name, value, changes) {
		json *there = json_get(object, name);

		if (json_is_object(value) && json_is_object(there))
			oci_update_merge(there, value);
		else if (value)
			json_set(object, name, json_object_get(value));
	}
}

/* The member, made when it is missing. */
static json *member(json *object, const char *name)
{
	if (!json_is_object(json_get(object, name)))
		json_set(object, name, json_new_object());
	return json_get(object, name);
}

/* The kernel first, which can tell what it will not have; systemd would write it and go on. */
static int apply(const struct oci_container *container, struct error *err)
{
	auto_arena struct arena arena = {0};
	const char *path = oci_container_cgroup(container);
	const char *scope = json_string(container->record, "systemdScope", NULL);
	struct spec spec, before;

	if (spec_load(container->dirfd, NEW_CONFIG, &spec, &arena, err) < 0 ||
	    spec_load(container->dirfd, OCI_CONFIG, &before, &arena, err) < 0 ||
	    cgroup_update(path, &spec.resources, err) < 0)
		return -1;
	if (!scope || cgroup_scope_update(scope, &spec.resources, err) == 0)
		return 0;
	cgroup_update(path, &before.resources, NULL);
	return -1;
}

int oci_update(const char *root, const char *id, const json *resources, struct error *err)
{
	auto_oci_container struct oci_container container = OCI_NO_CONTAINER;
	auto_json json *config = NULL;
	int result;

	if (!json_is_object(resources))
		return error_set(err, ERROR_INVALID, "the resources are not an object");
	if (oci_container_lock(&container, root, id, err) < 0)
		return -1;
	if (oci_container_status(&container) == OCI_STOPPED)
		return error_set(err, ERROR_CONFLICT, "cannot update container '%s': it is stopped",
				 id);
	if (!*oci_container_cgroup(&container))
		return error_set(err, ERROR_UNSUPPORTED,
				 "container '%s' has no cgroup that could be limited", id);
	config = json_load(container.dirfd, OCI_CONFIG, err);
	if (!config)
		return -1;
	oci_update_merge(member(member(config, "linux"), "resources"), resources);
	if (json_save_volatile(container.dirfd, NEW_CONFIG, config, 0600, err) < 0)
		return -1;
	result = apply(&container, err);
	if (result == 0 && renameat(container.dirfd, NEW_CONFIG, container.dirfd, OCI_CONFIG) < 0)
		result = error_errno(err, "cannot replace '%s'", OCI_CONFIG);
	if (result < 0)
		unlinkat(container.dirfd, NEW_CONFIG, 0);
	return result;
}

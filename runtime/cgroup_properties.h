/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/cgroup_properties.h - limits as systemd's properties, NAME=VALUE as in a unit's file:
 * systemd.resource-control(5); private to cgroup*.c.
 */
#pragma once

#include "base/pair.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct spec_resources;
struct strvec;

/* What systemd would undo when it sets up its units again, if it did not know. Not for what it
 * never touches: rules of devices, limits of single disks, controllers that it does not know.
 * @version is systemd's, -1: not known. */
void cgroup_properties_add(struct strvec *properties, const struct spec_resources *resources,
			   bool is_new, int version);
/* Is there anything that depends on systemd's version? */
bool cgroup_properties_need_version(const struct spec_resources *resources);
/* Annotations "org.systemd.property.NAME" with a value as D-Bus' tools write them ("uint64 5",
 * "'text'", "['a', 'b']", "true"), as runc and crun pass them on. */
int cgroup_properties_annotate(struct strvec *properties, const struct pair *annotations,
			       size_t count, struct error *err);

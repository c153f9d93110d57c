/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spec_schema.h - the OCI runtime specification's members and where they are in struct
 * spec; private to spec_*.c.
 */
#pragma once

#include "runtime/spec.h"
#include "runtime/spec_fields.h"

struct strvec;

#define SPEC_ROW(json_name, its_kind, type, member)                                                \
	.name = (json_name), .kind = (its_kind), .offset = offsetof(type, member)

/* All of struct spec but the version; its process; its resources. */
extern const struct spec_field spec_rows[];
extern const struct spec_field spec_process_rows[];
extern const struct spec_field spec_resource_rows[];

/* The types of namespaces. */
void spec_schema_namespaces(struct strvec *out);

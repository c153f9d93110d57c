/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spec_json.h - a specification as OCI runtime-spec JSON; private to spec*.c and their
 * tests.
 */
#pragma once

#include "base/json.h"
#include "base/strbuf.h"
#include "runtime/spec.h"

/* Annotations for what the standard has no place for. */
#define SPEC_JSON_INIT	  "org.coracle.init"
#define SPEC_JSON_SECCOMP "org.coracle.seccomp"
#define SPEC_JSON_VERSION "1.2.0"

struct spec_json_range {
	int64_t minimum, maximum;
};

/* By enum spec_namespace. */
extern const char *const spec_json_namespaces[SPEC_NS_COUNT];

int spec_json_read(struct spec *spec, const json *document, struct arena *arena, struct error *err);
/* The caller frees the document. */
json *spec_json_write(const struct spec *spec);

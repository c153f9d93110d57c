/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/spec_json.h - a specification as OCI runtime-spec JSON; private to spec*.c and their
 * tests.
 */
#pragma once

#include "base/json.h"
#include "runtime/spec.h"

/* Annotations for what the standard has no place for. */
#define SPEC_JSON_INIT	  "org.coracle.init"
#define SPEC_JSON_SECCOMP "org.coracle.seccomp"
#define SPEC_JSON_VERSION "1.2.0"

int spec_json_read(struct spec *spec, const json *document, struct arena *arena, struct error *err);
/* The caller frees the document. */
json *spec_json_write(const struct spec *spec);

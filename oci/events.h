/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci/events.h - door: what a container uses, in runc's form, and when its memory ran out.
 */
#pragma once

#include "base/json.h"

#include <stdint.h>

struct error;

/* {"type":"stats","id":…,"data":…}, the caller's; NULL with @err. */
json *oci_stats(const char *root, const char *id, struct error *err);
/* Calls @each with the statistics every @interval_ns, and with {"type":"oom"} when the kernel has
 * killed for lack of memory, until the container has stopped or @each returns -1. */
int oci_events(const char *root, const char *id, int64_t interval_ns,
	       int (*each)(const json *event, struct error *err), struct error *err);

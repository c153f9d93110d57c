/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/registry_private.h - a transport that is asked one thing after the other: what
 * registry/registry.h and registry/download.h have in common.
 */
#pragma once

#include "registry/registry.h"

struct settings;
struct wire_reply;
struct wire_request;

int registry_start(struct registry **registry, const char *transport,
		   const struct settings *settings, struct error *err);
/* Asks and waits for the answer; events of transfers are kept meanwhile. */
int registry_call(struct registry *registry, struct wire_request *request, int fd,
		  struct wire_reply *reply, struct error *err);

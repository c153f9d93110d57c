/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/namespace_mode.h - door: whose namespace a container uses, as `network_mode`, `pid`,
 * `ipc`, `uts` and `cgroup` say it. `volumes_from` names containers the same way. Pure.
 */
#pragma once

#include <stdbool.h>

enum namespace_kind {
	NAMESPACE_OWN, /* nothing that is known here: also "" and "bridge" */
	NAMESPACE_HOST,
	NAMESPACE_NONE,
	NAMESPACE_PRIVATE,   /* of ipc: its own, and nobody joins */
	NAMESPACE_SHAREABLE, /* of ipc: its own, others may join */
	NAMESPACE_CONTAINER, /* "container:NAME" */
	NAMESPACE_SERVICE,   /* "service:NAME"; compose makes a container of it */
};

struct namespace_mode {
	enum namespace_kind kind;
	const char *name; /* behind the colon, in the text that was parsed; else NULL */
};

/* NULL is our own. */
struct namespace_mode namespace_mode_parse(const char *text);
bool namespace_mode_is(const char *text, enum namespace_kind kind);
/* The host's or another container's. */
bool namespace_mode_is_foreign(const char *text);

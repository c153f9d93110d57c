/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check.h - door: is the store as docs/state-layout.md says?
 *
 * Litter is what a killed command leaves and nothing refers to: it is removed. Damage is what
 * should be there and is not, or is not what its digest says: it is only told of, unless repairs
 * are asked for. Then a layer is unpacked anew from its blob, and what cannot be had back loses its
 * names, each with the command that brings it back. Containers and volumes are never removed.
 */
#pragma once

#include "base/map.h"
#include "storage/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

enum check_weight { CHECK_LITTER, CHECK_DAMAGE };

struct check_finding {
	enum check_weight weight;
	const char *kind;    /* "blob", "image", "layer", "container", … */
	const char *object;  /* a name, digest or path */
	const char *problem; /* "its content has another digest" */
	const char *action;  /* what was done, or what to do */
	bool is_repaired;
};

struct check {
	const struct layout *layout;
	bool is_dry;	 /* changes nothing */
	bool is_repair;	 /* damage too */
	bool is_deep;	 /* compares every unpacked layer with its blob */
	struct map busy; /* chain ids that running containers use: these are not replaced */
	/* What is wrong with the description of a "container" that can be read as far as its
	 * layers, of a "network" or a "stack": in @arena; NULL: nothing. */
	const char *(*look_at)(const char *kind, const char *name, void *data, struct arena *arena);
	/* Takes care of directories of containers that have no description or a damaged one. */
	void (*look_after)(void *data);
	/* Called now and then with bytes read and to be read, while blobs are verified. */
	void (*progress)(int64_t done, int64_t total, void *data);
	void *data;
	/* what came of it */
	struct arena *arena;
	struct check_finding **findings;
	size_t count;
	size_t blobs, images, layers, containers, volumes; /* looked at */
	int64_t bytes;					   /* verified */
};

/* 0, whatever was found; -1: it could not be checked. ERROR_BUSY: see store_lock_exclude. */
int check_run(struct check *check, struct error *err);
/* For who looks at more than the store; the caller fills in the rest. The texts but @object outlive
 * the check. */
struct check_finding *check_add(struct check *check, enum check_weight weight, const char *kind,
				const char *object, const char *problem);
/* How many findings are not repaired. */
size_t check_remaining(const struct check *check);

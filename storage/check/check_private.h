/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/check/check_private.h - what the files behind storage/check/check.h share.
 */
#pragma once

#include "base/arena.h"
#include "storage/check/check.h"
#include "storage/image/gc.h"
#include "storage/image/image_index.h"
#include "storage/staging.h"

struct check_walk {
	struct check *check;
	const struct layout *layout;
	struct arena *arena;
	struct map bad_blobs;	/* hex -> struct check_finding */
	struct map bad_layers;	/* chain id -> struct check_finding */
	struct map rebuild;	/* chain id -> the same, of those whose blob is there */
	struct map images;	/* hex of the manifests whose layers are to be unpacked anew */
	struct staging staging; /* not open in a dry run */
	struct image_index index;
	struct gc_marks marks;
};

/* Notes one. @kind and @problem live as long as the check; @object is copied. */
struct check_finding *check_find(struct check_walk *walk, enum check_weight weight,
				 const char *kind, const char *object, const char *problem);
/* May this be repaired now? If not, the action says how. */
bool check_may(struct check_walk *walk, struct check_finding *finding);
void check_repaired(struct check_finding *finding, const char *action);
/* Short forms of objects, in the arena: "sha256:0123456789ab". */
const char *check_digest(struct check_walk *walk, const char *hex);

/* Without any lock: what takes long. */
int check_blobs(struct check_walk *walk, struct error *err);
int check_deep(struct check_walk *walk, struct error *err);
/* Under the store's lock. */
int check_oci_layout(struct check_walk *walk, struct error *err);
int check_index(struct check_walk *walk, struct error *err);
int check_builds(struct check_walk *walk, struct error *err);
int check_images(struct check_walk *walk, struct error *err);
int check_layers(struct check_walk *walk, struct error *err);
int check_containers_names(struct check_walk *walk, struct error *err);
int check_garbage(struct check_walk *walk, struct error *err);
/* After it. */
int check_rebuild(struct check_walk *walk, struct error *err);
int check_containers(struct check_walk *walk, struct error *err);
int check_volumes(struct check_walk *walk, struct error *err);
int check_networks(struct check_walk *walk, struct error *err);
int check_stacks(struct check_walk *walk, struct error *err);
int check_secrets(struct check_walk *walk, struct error *err);
int check_bundles(struct check_walk *walk, struct error *err);
int check_temporary(struct check_walk *walk, struct error *err);
int check_partial(struct check_walk *walk, struct error *err);

/* Those in a directory, sorted; dot files left out. */
struct strvec;
int check_list(struct check_walk *walk, int dirfd, const char *path, struct strvec *names,
	       struct error *err);

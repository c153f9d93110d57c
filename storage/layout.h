/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/layout.h - door: the two roots and every path below them.
 *
 * ROOT (default /var/lib/coracle) survives a reboot, RUN (default /run/coracle) does not. All
 * directories are 0700 root. docs/state-layout.md describes the tree as an interface.
 */
#pragma once

struct error;

struct layout {
	char *root, *run; /* absolute, cleaned */
	int root_fd, run_fd;
	int images_fd, layers_fd, containers_fd, volumes_fd, networks_fd; /* below ROOT */
	int secrets_fd, configs_fd, projects_fd, stacks_fd, cache_fd;
	int staging_fd; /* what is being made or removed; see storage/staging.h */
	int partial_fd; /* blobs that are being downloaded; see storage/image/partial.h */
	int run_containers_fd, run_networks_fd, run_events_fd; /* below RUN */
};

/* Opens both, creating what is missing; refuses a ROOT with a newer format version. */
int layout_open(struct layout *layout, const char *root, const char *run, struct error *err);
void layout_close(struct layout *layout);
/* Adds to an error that came of a full disk (ENOSPC, EDQUOT) which of the two is full and what to
 * do; its code says ERROR_CONFLICT then, so that nobody adds it again. Nothing when both have room:
 * it came of another disk. */
void layout_explain_full(const struct layout *layout, struct error *err);
/* The same of ROOT without a look: what filled it may have been removed again. */
void layout_say_full(const struct layout *layout, struct error *err);
/* Is there room in both for the files of a start? For what has to stop something first. The error
 * says which has none. */
int layout_check_room(const struct layout *layout, struct error *err);

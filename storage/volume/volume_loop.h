/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage/volume/volume_loop.h - a file with a file system in it as a block device.
 *
 * All who mount one file get one device, else two file systems would write into it without knowing
 * of each other. The kernel takes the device away with its last user (LO_FLAGS_AUTOCLEAR): nothing
 * is left of it, however its users end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct error;

struct volume_loop {
	const char *file;
	bool read_only;
	uint64_t offset, size; /* size 0: to its end */
	char path[32];	       /* filled: "/dev/loop7" */
};

/* Returns a descriptor that keeps the device until it is mounted. */
int volume_loop_open(struct volume_loop *loop, struct error *err);

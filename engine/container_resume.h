/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/container_resume.h - door: what should run again after the host has started anew.
 */
#pragma once

#include <stdbool.h>

struct container;
struct engine;

/* Its restart policy says so, as Docker's daemon understands it when it starts: `always` whatever
 * was last, `unless-stopped` unless somebody had stopped it, `on-failure` when it was cut off or
 * had failed. Never one that was not started before, nor one that this boot has seen already. */
bool container_resumes(struct engine *engine, const struct container *container);

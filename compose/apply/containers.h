/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose/apply/containers.h - many containers stopped, in order, and removed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct apply;
struct arena;
struct container;
struct error;

struct stop_options {
	int64_t timeout_ms;  /* -1: each its own */
	bool is_for_removal; /* the containers' network is left to whoever removes them */
	bool has_begun;	     /* their pre_stop hooks have run */
	bool tells_ended;    /* those that run no more are reported, too */
};

/* Dependents before what they depend on; pre_stop hooks run. */
int apply_stop_containers(const struct apply *apply, struct container **containers, size_t count,
			  const struct stop_options *options, struct arena *arena,
			  struct error *err);
/* Those of them that whoever stops them has left running (it was killed): they end before anything
 * is decided about them. */
int apply_finish_stops(const struct apply *apply, struct container *containers, size_t count,
		       struct arena *arena, struct error *err);
/* Lets @container go on if it is paused. */
int apply_resume_container(const struct apply *apply, struct container *container,
			   struct arena *arena, struct error *err);
int apply_remove_containers(const struct apply *apply, struct container **containers, size_t count,
			    unsigned flags, struct error *err);

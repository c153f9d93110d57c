/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/image_bring.h - the image that a container is about to be made of, pulled when that is asked
 * for.
 */
#pragma once

#include <stdbool.h>

struct error;
struct invocation;

struct image_bring {
	const char *image, *platform;
	const char *policy; /* "always", "never", "missing"; NULL: missing */
	bool quiet;	    /* says nothing of a pull */
};

/* ERROR_INVALID: there is no such policy. */
int image_bring_check(const char *policy, struct error *err);
/* Progress goes to standard error. ERROR_NOT_FOUND: "No such image: NAME". */
int image_bring(struct invocation *invocation, const struct image_bring *bring, struct error *err);

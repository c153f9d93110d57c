/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/bundled.h - a compose file that is a bundle: `up -f app.tar`.
 */
#pragma once

#include "cli/invocation.h"

/* Where the first of @request's files is a bundle, @request becomes one of what is in it. Who is
 * going to make containers of it gets its files unpacked below ROOT and its images loaded, others
 * only its text. With --verify it must be signed. */
int bundled_resolve(struct invocation *invocation, struct project_request *request,
		    struct error *err);
/* The files that were unpacked for this command are not held any more. */
void bundled_let_go(struct invocation *invocation);
/* Loads the images of what is open at @fd; @key (NULL: any) must have signed it, and then it must
 * be a bundle. @load is what the command wants otherwise. */
struct image_load;
int bundled_load(struct invocation *invocation, struct image_load *load, const char *key,
		 char ***loaded, struct error *err);

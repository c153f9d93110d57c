/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/build_check.h - what is wrong with a Dockerfile, on standard output.
 */
#pragma once

struct build_request;
struct error;
struct invocation;

/* Returns the exit code: 1 when the Dockerfile itself says that warnings are errors and there are
 * some; -1 with @err. */
int build_check_print(struct invocation *invocation, const struct build_request *request,
		      struct error *err);

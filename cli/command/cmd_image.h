/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/command/cmd_image.h - what other commands share with the image commands.
 */
#pragma once

#include "cli/command.h"

/* `image ls`, for arguments that are references. */
int cmd_image_list(struct invocation *invocation, const char *format, bool quiet,
		   struct error *err);
/* `image pull` and `image push` of all arguments. Says what fails; returns the exit code. */
int cmd_image_pull_all(struct invocation *invocation, bool quiet, const char *policy);
int cmd_image_push_one(struct invocation *invocation, const char *reference, bool quiet,
		       struct error *err);

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

/* A row of commands that only act on an image for one platform. */
#define CMD_IMAGE_PLATFORM(tag)                                                                    \
	OPTION(STRING, "platform", 0, tag, platform, "Fail if the image is not for this platform", \
	       .value = "OS[/ARCHITECTURE[/VARIANT]]")
struct image;
/* @platform NULL: whatever is here. ERROR_NOT_FOUND when the name has none for it. */
int cmd_image_find(struct invocation *invocation, const char *name, const char *platform,
		   struct image *image, struct error *err);
/* The same of all arguments, which are then what their names stand for. */
int cmd_image_check(struct invocation *invocation, const char *platform, struct error *err);

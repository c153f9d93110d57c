/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/cmd_image.h - what other commands share with the image commands.
 */
#pragma once

#include "cli/command.h"

/* `image ls`, for arguments that are references. */
int cmd_image_list(struct invocation *invocation, const char *format, bool quiet,
		   struct error *err);

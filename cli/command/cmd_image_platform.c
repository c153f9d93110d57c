/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that are told a platform act on an image for it, or not at all. */
#include "cli/command/cmd_image.h"

#include "base/error.h"
#include "engine/engine.h"
#include "storage/image/image.h"

#include <string.h>

int cmd_image_find(struct invocation *invocation, const char *name, const char *platform,
		   struct image *image, struct error *err)
{
	const struct layout *layout = &invocation->engine->layout;
	const struct image_wish wish = {name, platform};

	if (image_find(layout, name, image, invocation->arena, err) < 0)
		return -1;
	if (!platform || (image_find_for(layout, &wish, image, invocation->arena, NULL) == 0 &&
			  image_is_for(image, platform)))
		return 0;
	return error_set(err, ERROR_NOT_FOUND,
			 "image with reference %s was found but does not provide the specified "
			 "platform (%s)",
			 name, platform);
}

int cmd_image_check(struct invocation *invocation, const char *platform, struct error *err)
{
	for (size_t i = 0; platform && i < invocation->argument_count; i++) {
		const char *name = invocation->arguments[i];
		struct image wanted, usual;

		if (cmd_image_find(invocation, name, platform, &wanted, err) < 0 ||
		    cmd_image_find(invocation, name, NULL, &usual, err) < 0)
			return -1;
		if (strcmp(wanted.id, usual.id) != 0)
			return error_set(err, ERROR_UNSUPPORTED,
					 "%s stands for an image for this host, not for the one "
					 "for %s: name that by its id, %s",
					 name, platform, wanted.id);
	}
	return 0;
}

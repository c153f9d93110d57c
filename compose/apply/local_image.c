/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/local_image.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>
#include <time.h>

void local_image_look(struct local_image *local, const struct layout *layout, const char *reference,
		      const char *platform)
{
	const struct image_wish wish = {reference, platform};
	auto_arena struct arena arena = {0};
	auto_free char *full = reference_normalize(reference, NULL);
	struct error reason = {0};
	struct image image;
	char digest[72];
	bool is_many = false; /* its registry may have it for other platforms */
	int64_t checked;

	*local = (struct local_image){.age_s = -1};
	if (image_find_for(layout, &wish, &image, &arena, &reason) < 0) {
		local->is_by_id = !full && reason.code != ERROR_NOT_FOUND;
		return;
	}
	local->is_by_id = true;
	for (size_t i = 0; full && image.names && image.names[i]; i++)
		if (strcmp(image.names[i], full) == 0) {
			local->is_by_id = false;
			is_many = image.origins[i] && strcmp(image.origins[i], image.digest) != 0;
		}
	local->is_here = image_is_for(&image, platform) || (!platform && !is_many);
	if (full && image_last_check(layout, &wish, digest, &checked, NULL) > 0)
		local->age_s = time(NULL) > checked ? time(NULL) - checked : 0;
}

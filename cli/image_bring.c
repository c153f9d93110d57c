/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_bring.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/invocation.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int image_bring_check(const char *policy, struct error *err)
{
	static const char *const policies[] = {"always", "missing", "never", ""};

	for (size_t i = 0; policy && i < array_length(policies); i++)
		if (strcmp(policy, policies[i]) == 0)
			return 0;
	if (!policy)
		return 0;
	return error_set(err, ERROR_INVALID,
			 "invalid pull option: '%s': must be one of \"always\", \"missing\" or "
			 "\"never\"",
			 policy);
}

static bool is_policy(const struct image_bring *bring, const char *policy)
{
	return bring->policy && strcmp(bring->policy, policy) == 0;
}

/* Of another platform than this host's it may be where none was asked for. */
static bool is_here(struct invocation *invocation, const struct image_bring *bring)
{
	const struct image_wish wish = {bring->image, bring->platform};
	struct image image;

	return image_find_for(&invocation->engine->layout, &wish, &image, invocation->arena,
			      NULL) == 0 &&
	       (!bring->platform || !*bring->platform || image_is_for(&image, bring->platform));
}

static int pull(struct invocation *invocation, const struct image_bring *bring, struct error *err)
{
	struct apply apply;
	const struct apply_image image = {
		.reference = bring->image, .platform = bring->platform, .quiet = bring->quiet};
	struct apply_image_result pulled;

	if (invocation_catch(invocation, err) < 0)
		return -1;
	apply = invocation_apply(invocation);
	if (apply_pull_image(&apply, &image, &pulled, invocation->arena, err) < 0)
		return -1;
	invocation_uncatch(invocation);
	invocation_end_progress(invocation);
	if (!bring->quiet) {
		auto_free char *familiar = reference_familiar(pulled.name);

		fprintf(stderr, "Digest: %s\nStatus: %s for %s\n", pulled.digest,
			pulled.is_new ? "Downloaded newer image" : "Image is up to date", familiar);
	}
	return 0;
}

/* An id has no registry. */
static bool is_id(const char *image)
{
	if (strncmp(image, "sha256:", 7) == 0)
		return true;
	return strlen(image) == 64 && reference_is_hex(image, 64);
}

int image_bring(struct invocation *invocation, const struct image_bring *bring, struct error *err)
{
	auto_free char *full = is_id(bring->image) ? NULL : reference_normalize(bring->image, err);
	auto_free char *familiar = full ? reference_familiar(full) : NULL;

	if (is_policy(bring, "always") && full)
		return pull(invocation, bring, err);
	if (is_here(invocation, bring))
		return 0;
	if (!full && !is_id(bring->image))
		return -1;
	if (!full || is_policy(bring, "never"))
		return error_set(err, ERROR_NOT_FOUND, "No such image: %s",
				 familiar ? familiar : bring->image);
	if (!bring->quiet)
		fprintf(stderr, "Unable to find image '%s' locally\n", familiar);
	return pull(invocation, bring, err);
}

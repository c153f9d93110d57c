/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/watch.h"

#include <errno.h>
#include <poll.h>

#include "base/error.h"
#include "builder/build_private.h"

static int goes_on(void *data, struct error *err)
{
	const struct build *build = data;
	struct pollfd caller = {.fd = build->caller_fd, .events = POLLIN};

	if (build->caller_fd >= 0 && poll(&caller, 1, 0) > 0)
		return error_set(err, ECANCELED, "the build was cancelled");
	return 0;
}

void watch_source(struct build *build, struct source *source)
{
	source->goes_on = goes_on;
	source->data = build;
}

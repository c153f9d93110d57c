/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config_digests.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "cli/globals.h"
#include "compose/model/project.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"

#include <string.h>
#include <unistd.h>

/* As it was pulled; only root can look. */
static int find_stored(const struct globals *globals, const char *image, char digest[72])
{
	struct engine engine;
	const struct image_wish wish = {.reference = image};
	int64_t checked;
	int result;

	if (geteuid() != 0 || engine_open(&engine, globals->root, globals->run, NULL) < 0)
		return 0;
	result = image_last_check(&engine.layout, &wish, digest, &checked, NULL);
	engine_close(&engine);
	return result;
}

static int find_digest(const struct globals *globals, const char *transport, const char *image,
		       char digest[72], struct error *err)
{
	struct error reason = {0};

	if (image_ask_digest(transport, image, digest, &reason) == 0)
		return 0;
	if (find_stored(globals, image, digest) <= 0)
		return error_pass(err, &reason);
	log_warning("%s; using the digest with which it was pulled", reason.text);
	return 0;
}

int config_digests_resolve(struct project *project, const struct globals *globals,
			   struct arena *arena, struct error *err)
{
	auto_free char *transport = engine_helper_path("transport", err);
	auto_map struct map known = {0};

	if (!transport)
		return -1;
	for (size_t i = 0; i < project->services.count; i++) {
		struct service *service = &project->services.items[i];
		auto_free char *full = NULL;
		char digest[72];

		if (!service->image)
			continue;
		full = reference_normalize(service->image, err);
		if (!full)
			return error_wrap(err, "service \"%s\"", service->name);
		if (!map_has(&known, full) && !strchr(full, '@')) {
			if (find_digest(globals, transport, full, digest, err) < 0)
				return error_wrap(err, "service \"%s\"", service->name);
			map_set(&known, full, arena_format(arena, "%s@%s", full, digest));
		}
		service->image =
			strchr(full, '@') ? arena_string(arena, full) : map_get(&known, full);
	}
	return 0;
}

void config_digests_print_lock(struct strbuf *out, const struct project *project)
{
	strbuf_add(out, "services:\n");
	for (size_t i = 0; i < project->services.count; i++) {
		const struct service *service = &project->services.items[i];

		/* Neither a name nor a reference needs quotes, but for names of digits. */
		if (service->image)
			strbuf_printf(out, "  \"%s\":\n    image: %s\n", service->name,
				      service->image);
	}
}

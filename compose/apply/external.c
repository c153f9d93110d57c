/* SPDX-License-Identifier: Apache-2.0 */
#include "compose/apply/external.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "compose/apply/convergence.h"
#include "compose/apply/networks.h"
#include "compose/apply/volumes.h"
#include "engine/engine.h"
#include "storage/volume/volume.h"

static void begin_line(struct strbuf *missing)
{
	if (missing->length)
		strbuf_add_char(missing, '\n');
}

static int find_network(const struct convergence *convergence, const struct project_network *wanted,
			struct strbuf *missing, struct error *err)
{
	struct error reason = {0};
	struct network network;

	if (wanted->external != TRISTATE_TRUE || !apply_uses_network(convergence, wanted->key) ||
	    network_load(&convergence->apply->engine->net, wanted->name, &network,
			 convergence->arena, &reason) == 0)
		return 0;
	if (reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	begin_line(missing);
	strbuf_printf(missing,
		      "network %s declared as external, but could not be found: create it with "
		      "'coracle network create %s'",
		      wanted->name, wanted->name);
	return 0;
}

static int find_volume(const struct convergence *convergence, const struct project_volume *wanted,
		       struct strbuf *missing, struct error *err)
{
	struct error reason = {0};
	struct volume volume;

	if (wanted->external != TRISTATE_TRUE || !apply_uses_volume(convergence, wanted->key) ||
	    volume_load(&convergence->apply->engine->layout, wanted->name, &volume,
			convergence->arena, &reason) == 0)
		return 0;
	if (reason.code != ERROR_NOT_FOUND)
		return error_pass(err, &reason);
	begin_line(missing);
	strbuf_printf(missing,
		      "external volume \"%s\" not found: create it with 'coracle volume create %s'",
		      wanted->name, wanted->name);
	return 0;
}

int apply_require_external(const struct convergence *convergence, struct error *err)
{
	const struct project *project = convergence->apply->project;
	auto_strbuf struct strbuf missing = {0};

	for (size_t i = 0; i < project->networks.count; i++)
		if (find_network(convergence, &project->networks.items[i], &missing, err) < 0)
			return -1;
	for (size_t i = 0; i < project->volumes.count; i++)
		if (find_volume(convergence, &project->volumes.items[i], &missing, err) < 0)
			return -1;
	return missing.length ? error_set(err, ERROR_NOT_FOUND, "%s", missing.text) : 0;
}

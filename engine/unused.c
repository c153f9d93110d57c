/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/unused.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/file.h"
#include "base/map.h"
#include "base/pair.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "net/network.h"
#include "storage/archive/usage_tree.h"

#include <stdio.h>
#include <unistd.h>

#define AT_ONCE 100 /* networks: each has its lock open, and its project's */

struct removal {
	struct engine *engine;
	const struct unused_request *request;
	struct container *containers;
	size_t count;
	struct map running; /* projects of which something runs */
	int64_t bytes;	    /* that have come back */
};

static int begin(struct removal *removal, struct arena *arena, struct error *err)
{
	if (container_list(removal->engine, NULL, &removal->containers, &removal->count, arena,
			   err) < 0)
		return -1;
	for (size_t i = 0; i < removal->count; i++) {
		const char *project = labels_project(&removal->containers[i]);

		if (project && container_is_live(&removal->containers[i]))
			map_set(&removal->running, project, removal);
	}
	return 0;
}

/* The lock of a project, so that no other command is at it; -1: one is. */
static int lock_project(const struct removal *removal, const char *project)
{
	char path[300];

	snprintf(path, sizeof(path), "%.255s.lock", project);
	return file_lock(removal->engine->layout.projects_fd, path, true, false, NULL);
}

static bool is_unused(const struct removal *removal, const struct container *container)
{
	const struct unused_request *request = removal->request;
	const struct container_config *config = &container->config;
	const char *project = labels_project(container);

	return !container_is_live(container) && !container_is_between(removal->engine, container) &&
	       (!request->spares_projects || !project || !map_has(&removal->running, project)) &&
	       request->fits(container->created, config->labels, config->label_count,
			     request->data);
}

static int remove_container(struct removal *removal, const struct container *container,
			    struct error *err)
{
	const struct unused_request *request = removal->request;
	const char *project = labels_project(container);
	auto_close int lock = project ? lock_project(removal, project) : -1;
	int64_t size = usage_tree(removal->engine->layout.containers_fd, container->id);
	struct error reason = {0};

	if (project && lock < 0)
		return 0;
	if (container_remove(removal->engine, container->id, 0, &reason) < 0) {
		if (reason.code == ERROR_CONFLICT || reason.code == ERROR_NOT_FOUND)
			return 0; /* it has been started, or has gone, meanwhile */
		return error_pass(err, &reason);
	}
	removal->bytes += size;
	request->removed(container->id, size, request->data);
	return 0;
}

int unused_remove_containers(struct engine *engine, const struct unused_request *request,
			     struct error *err)
{
	struct removal removal = {.engine = engine, .request = request};
	auto_arena struct arena arena = {0};
	int result = begin(&removal, &arena, err);

	for (size_t i = 0; i < removal.count && result == 0; i++)
		if (is_unused(&removal, &removal.containers[i]))
			result = remove_container(&removal, &removal.containers[i], err);
	if (result == 0)
		event_pruned(EVENT_CONTAINER, removal.bytes);
	map_release(&removal.running);
	return result;
}

/* A stopped container needs its networks for the next start. */
static void find_used_networks(const struct removal *removal, struct map *used)
{
	for (size_t i = 0; i < removal->count; i++) {
		const struct container *container = &removal->containers[i];

		for (size_t j = 0; j < container->config.endpoint_count; j++)
			map_set(used, container->config.endpoints[j].network, used);
		for (size_t j = 0; j < container->state.endpoint_count; j++)
			map_set(used, container->state.endpoints[j].network, used);
	}
}

/* Networks that go together: all that the kernel waits for but once a bridge is waited for once. */
struct batch {
	const struct removal *removal;
	char *names[AT_ONCE];
	size_t count;
	struct map projects; /* locked */
	int locks[AT_ONCE];
	size_t lock_count;
	struct strvec kept;
};

static bool batch_lock(struct batch *batch, const char *project)
{
	int lock;

	if (!project || map_has(&batch->projects, project))
		return true;
	lock = lock_project(batch->removal, project);
	if (lock < 0)
		return false;
	batch->locks[batch->lock_count++] = lock;
	map_set(&batch->projects, project, batch);
	return true;
}

static void batch_add(struct batch *batch, const struct network *network)
{
	const struct removal *removal = batch->removal;
	const char *project = pair_find(network->labels, network->label_count, LABEL_PROJECT);

	if ((!project || !map_has(&removal->running, project)) &&
	    removal->request->fits(network->created, network->labels, network->label_count,
				   removal->request->data) &&
	    batch_lock(batch, project))
		batch->names[batch->count++] = (char *)network->name;
}

static void note_kept(const char *network, const char *reason, void *data)
{
	struct batch *batch = data;

	(void)reason;
	strvec_add(&batch->kept, network);
}

/* What is in use after all is kept. When not all can go together, each is tried. */
static void batch_remove(struct batch *batch)
{
	const struct unused_request *request = batch->removal->request;
	const struct net_context *net = &batch->removal->engine->net;
	const struct network_dismantling all = {
		.networks = batch->names,
		.network_count = batch->count,
		.kept = note_kept,
		.data = batch,
	};
	bool together = batch->count > 0 && network_dismantle(net, &all, NULL) == 0;

	for (size_t i = 0; i < batch->count; i++)
		if (together ? !strvec_contains(&batch->kept, batch->names[i])
			     : network_destroy(net, batch->names[i], NULL) == 0)
			request->removed(batch->names[i], 0, request->data);
	for (size_t i = 0; i < batch->lock_count; i++)
		close(batch->locks[i]);
	strvec_release(&batch->kept);
	map_release(&batch->projects);
	*batch = (struct batch){.removal = batch->removal};
}

int unused_remove_networks(struct engine *engine, const struct unused_request *request,
			   struct error *err)
{
	struct removal removal = {.engine = engine, .request = request};
	auto_arena struct arena arena = {0};
	auto_map struct map used = {0};
	struct batch batch = {.removal = &removal};
	struct network *networks;
	size_t count = 0;
	int result = network_list(&engine->net, &networks, &count, &arena, err);

	if (result == 0)
		result = begin(&removal, &arena, err);
	network_detach(&engine->net, NULL, 0, NULL); /* "bridge", which a killed build left */
	find_used_networks(&removal, &used);
	for (size_t i = 0; i < count && result == 0; i++) {
		if (!map_has(&used, networks[i].name) && !network_is_predefined(networks[i].name))
			batch_add(&batch, &networks[i]);
		if (batch.count == AT_ONCE)
			batch_remove(&batch);
	}
	batch_remove(&batch);
	if (result == 0)
		event_pruned(EVENT_NETWORK, 0);
	map_release(&removal.running);
	return result;
}

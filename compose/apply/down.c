/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Down, stop and rm: they work from labels, so the project's files need not be there.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "compose/apply/apply_private.h"
#include "compose/apply/containers.h"
#include "compose/apply/networks.h"
#include "compose/apply/provider.h"
#include "compose/apply/service_instance.h"
#include "compose/apply/volumes.h"
#include "engine/labels.h"
#include "storage/image/image.h"

static void add_new(struct strvec *images, const char *name)
{
	if (!strvec_contains(images, name))
		strvec_add(images, name);
}

/* Those of the model's services and those that @containers were made of; local: the ones without a
 * name of their own in the file. */
static void list_images(struct strvec *images, const struct apply *apply,
			struct container **containers, size_t count, bool all)
{
	auto_arena struct arena arena = {0};
	size_t services = apply->project ? apply->project->services.count : 0;

	for (size_t i = 0; i < services; i++) {
		const struct service *service = &apply->project->services.items[i];

		if (!service->provider && (all || !service->image))
			add_new(images, service_image(apply->project, service, &arena));
	}
	for (size_t i = 0; i < count; i++)
		if (all || container_label(containers[i], LABEL_BUILT))
			add_new(images, containers[i]->config.image);
}

static void remove_image(const struct apply *apply, const char *name, char *const *used,
			 struct arena *arena)
{
	const char *object = arena_format(arena, "Image %s", name);
	auto_strbuf struct strbuf report = {0};
	struct error err = {0};
	struct image image;

	if (image_find(&apply->engine->layout, name, &image, arena, NULL) < 0)
		return;
	apply_report(apply, APPLY_WORKING, object, "Removing", NULL);
	if (apply->dry_run ||
	    image_remove(&apply->engine->layout, name, false, used, &report, &err) == 0)
		apply_report(apply, APPLY_DONE, object, "Removed", NULL);
	else
		apply_report(apply, APPLY_SKIPPED, object, "Resource is still in use", err.text);
}

static void remove_images(const struct apply *apply, struct container **containers, size_t count,
			  bool all, struct arena *arena)
{
	auto_strvec struct strvec images = {0}, used = {0};
	struct container *others;
	size_t other_count;

	list_images(&images, apply, containers, count, all);
	if (container_list(apply->engine, NULL, &others, &other_count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < other_count; i++)
		strvec_add(&used, others[i].image_id);
	strvec_each (image, &images)
		remove_image(apply, *image, used.items ? used.items : (char *[]){NULL}, arena);
}

/* A start whose command was killed may come through while the others are being removed: that one
 * is stopped and removed in another round. */
static int stop_and_remove(const struct apply *apply, struct container **containers, size_t count,
			   const struct apply_down *options, struct error *err)
{
	auto_arena struct arena arena = {0}; /* the states that a round reads last for the next */
	bool is_partial = apply->services && apply->services[0];
	struct stop_options stop = {
		.timeout_ms = units_milliseconds(options->timeout_ns),
		.is_for_removal = true,
	};
	unsigned flags = options->remove_volumes ? CONTAINER_REMOVE_VOLUMES : 0;

	for (int round = 0;; round++) {
		struct error reason = {0};

		if (apply_stop_containers(apply, containers, count, &stop, &arena, err) < 0 ||
		    (!is_partial &&
		     apply_remove_networks(apply, containers, count, &arena, err) < 0))
			return -1;
		if (apply_remove_containers(apply, containers, count, flags, &reason) == 0)
			return 0;
		if (reason.code != ERROR_CONFLICT || round == 10)
			return error_pass(err, &reason);
		for (size_t i = 0; i < count; i++)
			container_refresh(apply->engine, containers[i], &arena, NULL);
	}
}

int apply_down(const struct apply *apply, const struct apply_down *options, struct error *err)
{
	auto_arena struct arena arena = {0};
	bool is_partial = apply->services && apply->services[0];
	unsigned others = APPLY_HOOKS;
	struct container **containers;
	size_t count;

	if (options->remove_orphans || !apply->project)
		others |= APPLY_ORPHANS | APPLY_ONE_OFFS;
	if (apply_choose(apply, others, &containers, &count, &arena, err) < 0)
		return -1;
	if (stop_and_remove(apply, containers, count, options, err) < 0)
		return -1;
	if (!options->remove_volumes)
		apply_tell_left_volumes(apply, containers, count);
	if (apply_unprovide(apply, "down", &arena, err) < 0)
		return -1;
	if (is_partial)
		return 0;
	if (options->remove_volumes && apply_remove_volumes(apply, &arena, err) < 0)
		return -1;
	if (options->remove_local_images || options->remove_all_images)
		remove_images(apply, containers, count, options->remove_all_images, &arena);
	return 0;
}

int apply_stop(const struct apply *apply, int64_t timeout_ns, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct stop_options stop = {.timeout_ms = units_milliseconds(timeout_ns),
				    .tells_ended = true};
	struct container **containers;
	size_t count;

	if (apply_choose(apply, 0, &containers, &count, &arena, err) < 0)
		return -1;
	if (apply_stop_containers(apply, containers, count, &stop, &arena, err) < 0)
		return -1;
	return apply_unprovide(apply, "stop", &arena, err);
}

int apply_remove(const struct apply *apply, bool stop, bool volumes, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct stop_options options = {
		.timeout_ms = -1,
		.is_for_removal = true,
	};
	struct container **containers;
	size_t count, used = 0;

	if (apply_choose(apply, APPLY_HOOKS, &containers, &count, &arena, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (stop || !container_is_live(containers[i]))
			containers[used++] = containers[i];
	if (apply_stop_containers(apply, containers, used, &options, &arena, err) < 0 ||
	    (stop && apply_unprovide(apply, "stop", &arena, err) < 0))
		return -1;
	if (apply_remove_containers(apply, containers, used, volumes ? CONTAINER_REMOVE_VOLUMES : 0,
				    err) < 0)
		return -1;
	if (!volumes)
		apply_tell_left_volumes(apply, containers, used);
	return 0;
}

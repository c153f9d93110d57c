/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan is pure: a model and containers in, steps out. Each test says the steps as one line.
 */
#include "compose/apply/plan.h"
#include "compose/apply/service_files.h"

#include "base/arena.h"
#include "base/strbuf.h"
#include "engine/labels.h"
#include "tests/harness/harness.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

struct world {
	struct service services[4];
	struct plan_service planned[4];
	struct project project;
	struct container containers[8];
	struct actual actual;
	struct plan_options options;
};

static void add_service(struct world *world, const char *name, int replicas)
{
	size_t i = world->project.services.count++;

	world->services[i] = (struct service){.name = arena_string(&arena, name)};
	world->planned[i] = (struct plan_service){
		.service = &world->services[i],
		.replicas = replicas,
		.hash = "h",
		.files_hash = "",
		.image_id = "sha256:i",
		.is_named = true,
	};
	world->project.services.items = world->services;
}

static void add_label(struct container *container, const char *name, const char *value)
{
	struct container_config *config = &container->config;

	config->labels =
		arena_grow(&arena, config->labels, config->label_count, sizeof(*config->labels));
	config->labels[config->label_count++] = (struct pair){name, value};
}

static struct container *add_container(struct world *world, const char *service, int number,
				       const char *hash)
{
	struct container *container = &world->containers[world->actual.count++];

	*container = (struct container){
		.id = "id",
		.name = arena_format(&arena, "p-%s-%d", service, number),
		.image_id = "sha256:i",
	};
	add_label(container, LABEL_SERVICE, service);
	add_label(container, LABEL_NUMBER, arena_format(&arena, "%d", number));
	add_label(container, LABEL_ONEOFF, number ? "False" : "True");
	add_label(container, LABEL_CONFIG_HASH, hash);
	world->actual.containers = world->containers;
	return container;
}

static void depend(struct world *world, int service, const char *on, enum tristate restart)
{
	struct service_dependency *edge = arena_alloc(&arena, sizeof(*edge));

	*edge = (struct service_dependency){
		.service = arena_string(&arena, on),
		.condition = CONDITION_STARTED,
		.restart = restart,
	};
	world->services[service].depends_on.items = edge;
	world->services[service].depends_on.count = 1;
}

/* "create web 1, keep db 1" */
static const char *plan(struct world *world)
{
	static const char *const kinds[] = {
		[PLAN_KEEP] = "keep",	    [PLAN_CREATE] = "create", [PLAN_RECREATE] = "recreate",
		[PLAN_RESTART] = "restart", [PLAN_REMOVE] = "remove",
	};
	auto_strbuf struct strbuf text = {0};
	struct plan_input input = {
		.project = &world->project,
		.actual = &world->actual,
		.services = world->planned,
		.service_count = world->project.services.count,
		.options = &world->options,
	};
	struct plan result;

	plan_build(&result, &input, &arena);
	for (size_t i = 0; i < result.count; i++) {
		const struct plan_step *step = &result.steps[i];

		strbuf_printf(&text, "%s%s %s %d", i ? ", " : "", kinds[step->kind],
			      step->service ? step->service->service->name
					    : labels_service(step->container),
			      step->number);
	}
	return arena_string(&arena, strbuf_text(&text));
}

TEST(creates_what_is_missing_and_keeps_what_fits)
{
	struct world world = {0};

	add_service(&world, "db", 1);
	add_service(&world, "web", 3);
	add_container(&world, "db", 1, "h");
	add_container(&world, "web", 2, "h");
	CHECK_TEXT(plan(&world), "keep db 1, keep web 2, create web 3, create web 4");
}

TEST(recreates_for_a_changed_configuration_image_or_file)
{
	struct world world = {0};

	add_service(&world, "a", 1);
	add_service(&world, "b", 1);
	add_service(&world, "c", 1);
	add_service(&world, "d", 1);
	add_container(&world, "a", 1, "old");
	add_container(&world, "b", 1, "h")->image_id = "sha256:old";
	add_container(&world, "c", 1, "h");
	add_container(&world, "d", 1, "h");
	world.planned[2].files_hash = "new";
	CHECK_TEXT(plan(&world), "recreate a 1, recreate b 1, recreate c 1, keep d 1");
	world.options.no_recreate = true;
	CHECK_TEXT(plan(&world), "keep a 1, keep b 1, keep c 1, keep d 1");
}

TEST(the_outdated_replica_goes_first_also_when_nothing_is_recreated)
{
	struct world world = {.options = {.no_recreate = true}};

	add_service(&world, "a", 1);
	add_container(&world, "a", 1, "old");
	add_container(&world, "a", 2, "h");
	CHECK_TEXT(plan(&world), "remove a 1, keep a 2");
}

/* The reason of the only step. */
static const char *reason(struct world *world)
{
	struct plan_input input = {&world->project, &world->actual, world->planned,
				   world->project.services.count, &world->options};
	struct plan result;

	plan_build(&result, &input, &arena);
	CHECK_INT(result.count, 1);
	return result.steps[0].reason ? result.steps[0].reason : "";
}

TEST(recreates_for_another_volume_or_image_behind_the_same_name)
{
	static char old_layer[] = "sha256:1", new_layer[] = "sha256:2", key[] = "data";
	static char type[] = "volume", image_type[] = "image", target[] = "/data",
		    name[] = "p_data";
	char *old_layers[] = {old_layer, NULL}, *new_layers[] = {old_layer, new_layer, NULL};
	char **layers[] = {old_layers};
	struct project_volume volumes[] = {{.key = key, .name = name}};
	struct service_volume mount = {.type = type, .source = key, .target = target};
	struct container_mount mounted = {.type = CONTAINER_MOUNT_VOLUME,
					  .source = "p_data",
					  .target = "/data",
					  .layers = old_layers};
	struct container *container;
	struct world world = {0};

	add_service(&world, "a", 1);
	world.services[0].volumes.items = &mount;
	world.services[0].volumes.count = 1;
	world.project.volumes.items = volumes;
	world.project.volumes.count = 1;
	container = add_container(&world, "a", 1, "h");
	container->mounts = &mounted;
	container->mount_count = 1;
	CHECK_TEXT(reason(&world), "");
	mounted.source = "other";
	CHECK_TEXT(reason(&world), "volume 'data' has another name now");
	mount.type = image_type;
	mounted.type = CONTAINER_MOUNT_IMAGE;
	CHECK_TEXT(reason(&world), ""); /* nobody knows the image */
	world.planned[0].image_layers = layers;
	CHECK_TEXT(reason(&world), "");
	layers[0] = new_layers;
	CHECK_TEXT(reason(&world), "the image mounted at '/data' has changed");
}

TEST(says_which_secret_has_changed)
{
	struct container_file wanted[] = {
		{.kind = CONTAINER_SECRET, .source = "s", .target = "/s", .digest = "1"},
		{.kind = CONTAINER_CONFIG, .source = "c", .target = "/c", .digest = "2"},
	};
	struct container_file present[] = {wanted[1], wanted[0]};
	struct service_file_set set = {wanted, 2, "new"};
	struct container *container;
	struct world world = {0};

	add_service(&world, "a", 1);
	world.planned[0].files_hash = "new";
	world.planned[0].files = &set;
	container = add_container(&world, "a", 1, "h");
	container->config.files = present;
	container->config.file_count = 2;
	CHECK_TEXT(reason(&world), "the content of a secret or config has changed");
	present[1].digest = "old";
	CHECK_TEXT(reason(&world), "the content of secret 's' has changed");
	present[0].digest = "old";
	CHECK_TEXT(reason(&world), "the content of secret 's', config 'c' has changed");
}

TEST(force_is_for_those_named_unless_asked_for_all)
{
	struct world world = {.options = {.force_recreate = true}};

	add_service(&world, "db", 1);
	add_service(&world, "web", 1);
	world.planned[0].is_named = false;
	add_container(&world, "db", 1, "h");
	add_container(&world, "web", 1, "h");
	CHECK_TEXT(plan(&world), "keep db 1, recreate web 1");
	world.options.always_recreate_deps = true;
	CHECK_TEXT(plan(&world), "recreate db 1, recreate web 1");
}

TEST(scaling_down_removes_outdated_ones_then_the_highest_numbers)
{
	struct world world = {0};

	add_service(&world, "web", 2);
	add_container(&world, "web", 1, "old");
	add_container(&world, "web", 2, "h");
	add_container(&world, "web", 3, "h");
	add_container(&world, "web", 4, "h");
	CHECK_TEXT(plan(&world), "remove web 1, remove web 4, keep web 2, keep web 3");
	world.options.keep_scale = true;
	CHECK_TEXT(plan(&world), "recreate web 1, keep web 2, keep web 3, keep web 4");
}

TEST(zero_replicas_remove_all)
{
	struct world world = {0};

	add_service(&world, "web", 0);
	add_container(&world, "web", 1, "h");
	CHECK_TEXT(plan(&world), "remove web 1");
}

TEST(orphans_and_one_offs_go_only_on_request)
{
	struct world world = {0};

	add_service(&world, "web", 1);
	add_container(&world, "web", 1, "h");
	add_container(&world, "gone", 1, "h");
	add_container(&world, "web", 0, "h");
	CHECK_TEXT(plan(&world), "keep web 1");
	world.options.remove_orphans = true;
	CHECK_TEXT(plan(&world), "keep web 1, remove gone 1, remove web 0");
}

TEST(a_replaced_dependency_restarts_only_who_asks_for_it)
{
	struct world world = {0};

	add_service(&world, "db", 1);
	add_service(&world, "web", 1);
	add_service(&world, "cron", 1);
	depend(&world, 1, "db", TRISTATE_TRUE);
	depend(&world, 2, "db", TRISTATE_UNSET);
	add_container(&world, "db", 1, "old");
	add_container(&world, "web", 1, "h");
	add_container(&world, "cron", 1, "h");
	CHECK_TEXT(plan(&world), "recreate db 1, restart web 1, keep cron 1");
}

TEST(who_shares_a_namespace_follows_along_a_chain)
{
	struct world world = {0};

	add_service(&world, "vpn", 1);
	add_service(&world, "app", 1);
	add_service(&world, "probe", 1);
	depend(&world, 1, "vpn", TRISTATE_TRUE);
	depend(&world, 2, "app", TRISTATE_TRUE);
	world.services[1].network_mode = arena_string(&arena, "service:vpn");
	world.services[2].pid = arena_string(&arena, "service:app");
	add_container(&world, "vpn", 1, "old");
	add_container(&world, "app", 1, "h");
	add_container(&world, "probe", 1, "h");
	CHECK_TEXT(plan(&world), "recreate vpn 1, recreate app 1, recreate probe 1");
}

TEST(selection_takes_dependencies_first_and_knows_patterns)
{
	struct world world = {0};
	struct plan_selection selection;
	struct error *no_error = NULL;
	char *names[] = {(char[]){"we*"}, NULL}, *wrong[] = {(char[]){"nope"}, NULL};

	add_service(&world, "web", 1);
	add_service(&world, "db", 1);
	add_service(&world, "other", 1);
	depend(&world, 0, "db", TRISTATE_UNSET);
	CHECK(plan_select(&selection, &world.project, names, false, &arena, no_error) == 0);
	CHECK_INT(selection.count, 2);
	CHECK_TEXT(selection.services[0].service->name, "db");
	CHECK(!selection.services[0].is_named);
	CHECK_TEXT(selection.services[1].service->name, "web");
	CHECK(selection.services[1].is_named);
	CHECK(plan_select(&selection, &world.project, names, true, &arena, no_error) == 0);
	CHECK_INT(selection.count, 1);
	CHECK(plan_select(&selection, &world.project, wrong, false, &arena, no_error) < 0);
}

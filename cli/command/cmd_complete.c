/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `coracle __complete WORDS…`: what could stand in place of the last word, one on a line. Asked by
 * completion.bash; whatever goes wrong gives no words and no message.
 */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "cli/front.h"
#include "cli/invocation.h"
#include "cli/output.h"
#include "engine/engine.h"
#include "storage/image/image.h"
#include "storage/reference.h"
#include "storage/secret/secret_store.h"
#include "storage/volume/volume.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct completion {
	struct invocation *invocation;
	struct globals globals; /* as typed so far */
	struct strvec found;
	const char *prefix;
};

static void offer(struct completion *completion, const char *word)
{
	if (word && strncmp(word, completion->prefix, strlen(completion->prefix)) == 0 &&
	    !strvec_contains(&completion->found, word))
		strvec_add(&completion->found, word);
}

static void offer_options(struct completion *completion, const struct option_spec *specs)
{
	for (; specs && specs->name; specs++) {
		auto_strvec struct strvec word = {0};

		if (specs->is_hidden || specs->kind == OPTION_UNAVAILABLE)
			continue;
		strvec_addf(&word, "--%s", specs->name);
		offer(completion, word.items[0]);
	}
}

static void offer_commands(struct completion *completion, const struct command_entry *table)
{
	for (; table->command; table++)
		if (!(table->command->needs & IS_HIDDEN))
			offer(completion, table->name);
}

static void offer_services(struct completion *completion)
{
	struct invocation *invocation = completion->invocation;
	struct project_request request = {
		.use = PROJECT_TO_FIND,
		.all_profiles = true,
		.no_env_resolution = true, /* a missing file of one hides none */
	};
	struct project project = {0};
	struct error err;

	globals_project_request(&completion->globals, &request);
	if (project_load(&project, &request, invocation->arena, NULL, &err) < 0)
		return;
	for (size_t i = 0; i < project.services.count; i++)
		offer(completion, project.services.items[i].name);
}

static void offer_images(struct completion *completion, struct engine *engine)
{
	struct arena *arena = completion->invocation->arena;
	struct image *images;
	size_t count = 0;

	if (image_list(&engine->layout, &images, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		for (char **name = images[i].names; name && *name; name++) {
			char *familiar = reference_familiar(*name);

			offer(completion, familiar);
			free(familiar);
		}
	}
}

static void offer_containers(struct completion *completion, struct engine *engine)
{
	struct arena *arena = completion->invocation->arena;
	struct container *containers;
	size_t count = 0;

	if (container_list(engine, NULL, &containers, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offer(completion, containers[i].name);
}

static void offer_networks(struct completion *completion, struct engine *engine)
{
	struct arena *arena = completion->invocation->arena;
	struct network *networks;
	size_t count = 0;

	if (network_list(&engine->net, &networks, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offer(completion, networks[i].name);
}

static void offer_volumes(struct completion *completion, struct engine *engine)
{
	struct arena *arena = completion->invocation->arena;
	struct volume *volumes;
	size_t count = 0;

	if (volume_list(&engine->layout, &volumes, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offer(completion, volumes[i].name);
}

static void offer_stored(struct completion *completion, struct engine *engine,
			 enum secret_kind kind)
{
	struct secret_object *objects;
	size_t count = 0;

	if (secret_store_list(&engine->layout, kind, &objects, &count,
			      completion->invocation->arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offer(completion, objects[i].name);
}

static void offer_secrets(struct completion *completion, struct engine *engine)
{
	offer_stored(completion, engine, SECRET_STORE_SECRET);
}

static void offer_configs(struct completion *completion, struct engine *engine)
{
	offer_stored(completion, engine, SECRET_STORE_CONFIG);
}

/* By the word that a command's usage begins with. */
static const struct {
	const char *usage;
	void (*offer)(struct completion *completion, struct engine *engine);
} objects[] = {
	{"CONTAINER", offer_containers}, {"IMAGE", offer_images},
	{"SOURCE", offer_images},	 {"NETWORK", offer_networks},
	{"VOLUME", offer_volumes},	 {"SECRET", offer_secrets},
	{"CONFIG", offer_configs},	 {0},
};

static void offer_objects(struct completion *completion, const char *usage)
{
	const struct globals *globals = &completion->globals;
	struct engine engine;

	for (size_t i = 0; objects[i].usage; i++) {
		if (strncmp(usage, objects[i].usage, strlen(objects[i].usage)) != 0)
			continue;
		if (geteuid() != 0 || engine_open(&engine, globals->root, globals->run, NULL) < 0)
			return;
		objects[i].offer(completion, &engine);
		engine_close(&engine);
		return;
	}
}

static void offer_for(struct completion *completion, const struct command *command)
{
	if (completion->prefix[0] == '-')
		offer_options(completion, command->options);
	else if (command->needs & (SERVICE_ARGUMENTS | SERVICE_FIRST) ||
		 strncmp(command->usage, "SERVICE ", 8) == 0)
		offer_services(completion);
	else
		offer_objects(completion, command->usage);
}

static void offer_front(struct completion *completion, const struct front *front)
{
	if (completion->prefix[0] == '-')
		for (size_t i = 0; front->globals[i]; i++)
			offer_options(completion, front->globals[i]);
	for (size_t i = 0; front->tables[i]; i++)
		offer_commands(completion, front->tables[i]);
}

/* A command's options and arguments come next: it has no verbs, or none of them follows. */
static bool is_complete(const struct command *command, const char *next)
{
	return !command->verbs ||
	       (command_runs(command) && next && !command_find(command->verbs, next));
}

/* Words before the last one: global options, then a command or a noun and its verb. */
static void complete(struct completion *completion, char **words)
{
	const struct front *front = completion->invocation->front;
	struct option_set sets[FRONT_SETS];
	auto_strvec struct strvec rest = {0};
	const struct command *command = NULL;
	size_t at = 0;

	front_option_sets(front, &completion->globals, sets);
	if (options_parse(sets, OPTIONS_FIRST, words, &rest, NULL) != 0 ||
	    globals_complete(&completion->globals, NULL) < 0)
		return;
	if (front->compose && rest.count > 0 && strcmp(rest.items[0], "compose") == 0) {
		front = front->compose;
		at++;
	}
	for (; at < rest.count; at++) {
		command = command ? command_find(command->verbs, rest.items[at])
				  : front_find(front, rest.items[at]);
		if (!command)
			return;
		if (is_complete(command, at + 1 < rest.count ? rest.items[at + 1] : NULL)) {
			offer_for(completion, command);
			return;
		}
	}
	if (!command) {
		offer_front(completion, front);
		return;
	}
	if (command_runs(command))
		offer_for(completion, command);
	offer_commands(completion, command->verbs);
}

static void say_nothing(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

static int complete_run(struct invocation *invocation, struct error *err)
{
	struct completion completion = {.invocation = invocation};
	size_t count = invocation->argument_count;
	char **words = arena_array(invocation->arena, count + 1, sizeof(char *));

	(void)err;
	log_set_sink(say_nothing, NULL);
	memcpy(words, invocation->arguments, (count - 1) * sizeof(char *));
	completion.prefix = invocation->arguments[count - 1];
	complete(&completion, words);
	strvec_sort(&completion.found);
	strvec_each (word, &completion.found)
		output_line(*word);
	strvec_release(&completion.found);
	globals_release(&completion.globals);
	return 0;
}

const struct command cmd_complete =
	COMMAND("__complete", "WORD...", "words that could stand in place of the last one",
		.needs = CHANGES_NOTHING | IS_HIDDEN | OPTIONS_FIRST_ONLY, .least = 1,
		.most = ANY_NUMBER, .run = complete_run);

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/offers.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cli/globals.h"
#include "cli/invocation.h"
#include "compose/stack/stack.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/image/image.h"
#include "storage/reference.h"
#include "storage/secret/secret_store.h"
#include "storage/volume/volume.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void offers_add(struct offers *offers, const char *word)
{
	if (word && strncmp(word, offers->prefix, strlen(offers->prefix)) == 0 &&
	    !strvec_contains(&offers->found, word) &&
	    !(offers->given && strvec_contains(offers->given, word)))
		strvec_add(&offers->found, word);
}

/* "on-failure[:N]" is typed as "on-failure"; "container:NAME" not as it stands. */
void offers_add_words(struct offers *offers, const char *words)
{
	while (words && *words) {
		size_t length = strcspn(words, " "), typed = strcspn(words, " [");
		char *word = arena_string_n(offers->invocation->arena, words, typed);

		if (!strpbrk(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
			offers_add(offers, word);
		words += length + strspn(words + length, " ");
	}
}

static bool load_project(struct offers *offers, struct project *project)
{
	struct project_request request = {
		.use = PROJECT_TO_FIND,
		.all_profiles = true,
		.no_env_resolution = true, /* a missing file of one hides none */
	};
	struct error err;

	globals_project_request(offers->globals, &request);
	return project_load(project, &request, offers->invocation->arena, NULL, &err) == 0;
}

static void offer_stack_services(struct offers *offers, struct engine *engine)
{
	struct stack_service *services = NULL;
	size_t count = 0;

	if (stack_list_services(&services, &count, &engine->layout, NULL, offers->invocation->arena,
				NULL) == 0)
		for (size_t i = 0; i < count; i++)
			offers_add(offers, services[i].full_name);
	stack_release_services(services, count);
}

static void offer_services(struct offers *offers, struct engine *engine)
{
	struct project project = {0};

	(void)engine;
	if (!load_project(offers, &project))
		return;
	for (size_t i = 0; i < project.services.count; i++)
		offers_add(offers, project.services.items[i].name);
}

static void offer_profiles(struct offers *offers, struct engine *engine)
{
	struct project project = {0};

	(void)engine;
	if (!load_project(offers, &project))
		return;
	for (size_t i = 0; i < project.services.count; i++)
		for (char **name = project.services.items[i].profiles; name && *name; name++)
			offers_add(offers, *name);
}

static void offer_images(struct offers *offers, struct engine *engine)
{
	struct arena *arena = offers->invocation->arena;
	struct image *images;
	size_t count = 0;

	if (image_list(&engine->layout, &images, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		for (char **name = images[i].names; name && *name; name++) {
			char *familiar = reference_familiar(*name);

			offers_add(offers, familiar);
			free(familiar);
		}
	}
}

/* Verbs that do something only with containers of a kind. */
static bool is_fit(const char *verb, const struct container *container)
{
	static const char *const live[] = {"attach", "exec", "kill", "pause", "stop", "top", NULL};
	enum container_status status = container->state.status;

	if (!verb)
		return true;
	for (size_t i = 0; live[i]; i++)
		if (strcmp(verb, live[i]) == 0)
			return container_is_live(container);
	if (strcmp(verb, "start") == 0)
		return !container_is_live(container);
	return strcmp(verb, "unpause") != 0 || status == CONTAINER_PAUSED;
}

static void offer_containers(struct offers *offers, struct engine *engine)
{
	struct arena *arena = offers->invocation->arena;
	struct container *containers;
	size_t count = 0;

	if (container_list(engine, NULL, &containers, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (is_fit(offers->verb, &containers[i]))
			offers_add(offers, containers[i].name);
}

static void offer_projects(struct offers *offers, struct engine *engine)
{
	static char label[] = LABEL_PROJECT;
	static char *labels[] = {label, NULL};
	struct container *containers;
	size_t count = 0;

	if (container_list(engine, labels, &containers, &count, offers->invocation->arena, NULL) <
	    0)
		return;
	for (size_t i = 0; i < count; i++)
		offers_add(offers, labels_project(&containers[i]));
}

static void offer_stacks(struct offers *offers, struct engine *engine)
{
	auto_strvec struct strvec names = {0};

	if (stack_list(&engine->layout, &names, NULL) < 0)
		return;
	strvec_each (name, &names)
		offers_add(offers, arena_string(offers->invocation->arena, *name));
}

static void offer_self(struct offers *offers, struct engine *engine)
{
	(void)engine;
	offers_add(offers, "self");
}

static void offer_networks(struct offers *offers, struct engine *engine)
{
	struct arena *arena = offers->invocation->arena;
	struct network *networks;
	size_t count = 0;

	if (network_list(&engine->net, &networks, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offers_add(offers, networks[i].name);
}

static void offer_volumes(struct offers *offers, struct engine *engine)
{
	struct arena *arena = offers->invocation->arena;
	struct volume *volumes;
	size_t count = 0;

	if (volume_list(&engine->layout, &volumes, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offers_add(offers, volumes[i].name);
}

static void offer_stored(struct offers *offers, struct engine *engine, enum secret_kind kind)
{
	struct secret_object *objects;
	size_t count = 0;

	if (secret_store_list(&engine->layout, kind, &objects, &count, offers->invocation->arena,
			      NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offers_add(offers, objects[i].name);
}

static void offer_secrets(struct offers *offers, struct engine *engine)
{
	offer_stored(offers, engine, SECRET_STORE_SECRET);
}

static void offer_configs(struct offers *offers, struct engine *engine)
{
	offer_stored(offers, engine, SECRET_STORE_CONFIG);
}

static void offer_signals(struct offers *offers, struct engine *engine)
{
	static const char *const signals[] = {"SIGHUP",	 "SIGINT",  "SIGQUIT", "SIGKILL",
					      "SIGUSR1", "SIGUSR2", "SIGTERM", "SIGCONT",
					      "SIGSTOP", "SIGWINCH"};

	(void)engine;
	for (size_t i = 0; i < array_length(signals); i++)
		offers_add(offers, signals[i]);
}

static void offer_states(struct offers *offers, struct engine *engine)
{
	(void)engine;
	for (const char *const *status = container_statuses; *status; status++)
		offers_add(offers, *status);
}

static void offer_healths(struct offers *offers, struct engine *engine)
{
	(void)engine;
	offers_add_words(offers, "none starting healthy unhealthy");
}

static void offer_bools(struct offers *offers, struct engine *engine)
{
	(void)engine;
	offers_add_words(offers, "true false");
}

static void offer_objects(struct offers *offers, struct engine *engine)
{
	offer_containers(offers, engine);
	offer_images(offers, engine);
	offer_networks(offers, engine);
	offer_volumes(offers, engine);
	offer_secrets(offers, engine);
	offer_configs(offers, engine);
}

static void offer_files(struct offers *offers, struct engine *engine)
{
	(void)engine;
	offers->has_files = true;
}

/* What a mount comes from. */
static void offer_sources(struct offers *offers, struct engine *engine)
{
	offer_files(offers, engine);
	offer_volumes(offers, engine);
}

/* By the word that help calls an argument or the value of an option. */
struct kind {
	const char *word;
	void (*offer)(struct offers *offers, struct engine *engine);
	bool needs_engine;
};

static const struct kind kinds[] = {
	{"SERVICE", offer_services, false}, {"CONTAINER", offer_containers, true},
	{"IMAGE", offer_images, true},	    {"REFERENCE", offer_images, true},
	{"NETWORK", offer_networks, true},  {"VOLUME", offer_volumes, true},
	{"SECRET", offer_secrets, true},    {"CONFIG", offer_configs, true},
	{"SIGNAL", offer_signals, false},   {"STATUS", offer_states, false},
	{"PROFILE", offer_profiles, false}, {"PROJECT", offer_projects, true},
	{"STACK", offer_stacks, true},	    {"NODE", offer_self, false},
	{"OBJECT", offer_objects, true},    {"SOURCE:", offer_sources, true},
	{"SOURCE", offer_images, true},	    {"FILE", offer_files, false},
	{"PATH", offer_files, false},	    {"DIRECTORY", offer_files, false},
	{"CONTEXT", offer_files, false},    {"OUTPUT", offer_files, false},
	{"HEALTH", offer_healths, false},   {"BOOL", offer_bools, false},
};

static const struct kind of_stacks = {"SERVICE", offer_stack_services, true};

/* "SOURCE:" is what begins so, "SOURCE" a word of its own. */
static const struct kind *find_kind(const char *word)
{
	size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	for (size_t i = 0; i < array_length(kinds); i++) {
		const char *kind = kinds[i].word;
		size_t whole = strlen(kind);

		if ((whole == length || (whole == length + 1 && kind[length] == ':')) &&
		    strncmp(word, kind, whole) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* The engine of the command that asks, or one for this alone: then it is in @own. */
static struct engine *open_engine(const struct offers *offers, struct engine *own)
{
	if (offers->invocation->engine)
		return offers->invocation->engine;
	if (geteuid() != 0 ||
	    engine_open(own, offers->globals->root, offers->globals->run, NULL) < 0)
		return NULL;
	return own;
}

static void offer_kind(struct offers *offers, const struct kind *kind)
{
	struct engine own, *engine;

	if (!kind->needs_engine) {
		kind->offer(offers, NULL);
		return;
	}
	engine = open_engine(offers, &own);
	if (engine)
		kind->offer(offers, engine);
	if (engine == &own)
		engine_close(engine);
}

/* "web" of "SERVICE=REPLICAS" is offered as "web=", of "SERVICE:PATH" as "web:", beside paths. */
static void add_ending(struct offers *offers, char ending)
{
	struct arena *arena = offers->invocation->arena;

	strvec_each (word, &offers->found) {
		char *longer = arena_format(arena, "%s%c", *word, ending);

		free(*word);
		*word = alloc_string(longer);
	}
	offers->has_files |= ending == ':';
}

void offers_add_kind(struct offers *offers, const char *word)
{
	for (;; word += *word == '|') {
		const struct kind *kind;
		size_t length;

		word += strspn(word, "[");
		kind = find_kind(word);
		if (kind && kind->offer == offer_services && offers->are_of_stacks)
			kind = &of_stacks;
		length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (kind)
			offer_kind(offers, kind);
		if (kind && (word[length] == '=' || word[length] == ':'))
			add_ending(offers, word[length]);
		word += strcspn(word, "|]. ");
		if (*word != '|')
			return;
	}
}

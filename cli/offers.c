/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/offers.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"
#include "cli/globals.h"
#include "cli/invocation.h"
#include "engine/engine.h"
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
	    !strvec_contains(&offers->found, word))
		strvec_add(&offers->found, word);
}

void offers_add_words(struct offers *offers, const char *words)
{
	while (words && *words) {
		size_t length = strcspn(words, " ");

		offers_add(offers, arena_string_n(offers->invocation->arena, words, length));
		words += length + strspn(words + length, " ");
	}
}

static void offer_services(struct offers *offers, struct engine *engine)
{
	const struct invocation *invocation = offers->invocation;
	struct project_request request = {
		.use = PROJECT_TO_FIND,
		.all_profiles = true,
		.no_env_resolution = true, /* a missing file of one hides none */
	};
	struct project project = {0};
	struct error err;

	(void)engine;
	globals_project_request(offers->globals, &request);
	if (project_load(&project, &request, invocation->arena, NULL, &err) < 0)
		return;
	for (size_t i = 0; i < project.services.count; i++)
		offers_add(offers, project.services.items[i].name);
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

static void offer_containers(struct offers *offers, struct engine *engine)
{
	struct arena *arena = offers->invocation->arena;
	struct container *containers;
	size_t count = 0;

	if (container_list(engine, NULL, &containers, &count, arena, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		offers_add(offers, containers[i].name);
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
	(void)engine;
	offers_add_words(offers, "SIGHUP SIGINT SIGQUIT SIGKILL SIGUSR1 SIGUSR2 SIGTERM SIGCONT "
				 "SIGSTOP SIGWINCH");
}

static void offer_states(struct offers *offers, struct engine *engine)
{
	(void)engine;
	for (const char *const *status = container_statuses; *status; status++)
		offers_add(offers, *status);
}

/* By the word that help calls an argument or the value of an option. */
static const struct {
	const char *word;
	void (*offer)(struct offers *offers, struct engine *engine);
	bool needs_engine;
} kinds[] = {
	{"SERVICE", offer_services, false}, {"CONTAINER", offer_containers, true},
	{"IMAGE", offer_images, true},	    {"SOURCE", offer_images, true},
	{"NETWORK", offer_networks, true},  {"VOLUME", offer_volumes, true},
	{"SECRET", offer_secrets, true},    {"CONFIG", offer_configs, true},
	{"SIGNAL", offer_signals, false},   {"STATUS", offer_states, false},
};

static bool is_kind(const char *word, size_t length, const char *kind)
{
	return strlen(kind) == length && strncmp(word, kind, length) == 0;
}

void offers_add_kind(struct offers *offers, const char *word)
{
	size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	struct engine *opened = offers->invocation->engine;
	struct engine engine;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!is_kind(word, length, kinds[i].word))
			continue;
		if (!kinds[i].needs_engine || opened) {
			kinds[i].offer(offers, opened);
			return;
		}
		if (geteuid() != 0 ||
		    engine_open(&engine, offers->globals->root, offers->globals->run, NULL) < 0)
			return;
		kinds[i].offer(offers, &engine);
		engine_close(&engine);
	}
}

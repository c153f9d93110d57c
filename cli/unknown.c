/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/unknown.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "cli/elsewhere.h"
#include "cli/front.h"
#include "cli/invocation.h"
#include "compose/model/project.h"
#include "describe/objects.h"
#include "engine/engine.h"
#include "engine/labels.h"
#include "storage/image/image.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LISTED 10

static void add_names(struct strvec *names, const struct service *services, size_t count)
{
	for (size_t i = 0; i < count; i++)
		strvec_add(names, services[i].name);
}

int unknown_service(const struct project *project, const char *name, struct error *err)
{
	auto_strvec struct strvec names = {0};
	auto_strbuf struct strbuf text = {0};
	const char *near = NULL;

	if (project) {
		add_names(&names, project->services.items, project->services.count);
		add_names(&names, project->disabled.items, project->disabled.count);
	}
	if (names.count > 0)
		near = nearest_word(name, (const char *const *)names.items);
	strbuf_printf(&text, "no such service: %s", name);
	if (near)
		strbuf_printf(&text, "; did you mean '%s'?", near);
	strvec_sort(&names);
	for (size_t i = 0; i < names.count && i < MOST_LISTED; i++)
		strbuf_printf(&text, "%s%s",
			      i	     ? ", "
			      : near ? " The file has: "
				     : "; the file has: ",
			      names.items[i]);
	strbuf_add(&text, names.count > MOST_LISTED ? ", …" : "");
	return error_set(err, ERROR_NOT_FOUND, "%s", strbuf_text(&text));
}

/* Is there a replica with that number, which is not what was wanted of it? */
static const struct container *find_unfit(const struct container_choice *choice,
					  const struct container_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (choice->index > 0 ? !labels_is_one_off(&list->items[i]) &&
						labels_number(&list->items[i]) == choice->index
				      : list->items[i].state.status == CONTAINER_EXITED)
			return &list->items[i];
	return NULL;
}

static void add_numbers(struct strbuf *text, const struct container_list *list)
{
	const char *blank = "; it has ";

	for (size_t i = 0; i < list->count; i++)
		if (!labels_is_one_off(&list->items[i])) {
			strbuf_printf(text, "%s#%d", blank, labels_number(&list->items[i]));
			blank = ", ";
		}
}

int unknown_container(const struct container_choice *choice, const struct container_list *list,
		      struct error *err)
{
	const char *service = choice->service;
	const char *verb = choice->need_running ? "is not running" : "has no";
	const struct container *other = find_unfit(choice, list);
	auto_strbuf struct strbuf text = {0};
	auto_free char *status = other ? describe_status(other) : NULL;

	strbuf_printf(&text, "service \"%s\" %s", service, verb);
	if (choice->index > 0)
		strbuf_printf(&text, " container #%d", choice->index);
	else if (!choice->need_running)
		strbuf_add(&text, " container");
	if (status) {
		*status = (char)tolower(*status);
		strbuf_printf(&text,
			      ": %s %s; see 'coracle logs %s', start it with 'coracle start %s'",
			      other->name, status, service, service);
	} else if (list->count > 0) {
		add_numbers(&text, list);
	} else {
		strbuf_printf(&text, "; 'coracle up -d %s' makes and starts it", service);
	}
	return error_set(err, ERROR_NOT_FOUND, "%s", strbuf_text(&text));
}

static bool is_object(const struct invocation *invocation, bool is_container, const char *name)
{
	struct container container;
	struct image image;

	return is_container ? container_find(invocation->engine, name, &container,
					     invocation->arena, NULL) == 0
			    : image_find(&invocation->engine->layout, name, &image,
					 invocation->arena, NULL) == 0;
}

int unknown_hint_object(const struct invocation *invocation, const char *name, struct error *err)
{
	const struct front *front = invocation->front;
	const struct command *noun = front_find(front->other ? front->other : front, "container");
	const char *verb = invocation->name;
	bool is_new = strcmp(verb, "run") == 0 || strcmp(verb, "create") == 0;

	if (err->code != ERROR_NOT_FOUND || !noun || !command_find(noun->verbs, verb) ||
	    (name && !is_object(invocation, !is_new, name)))
		return -1;
	return error_append(err, "; %s: 'coracle container %s%s%s'",
			    is_new ? "for an image" : "for a container that is no service's", verb,
			    name ? " " : "", name ? name : "");
}

/* Up to @most - 1 words of a table, and NULL. */
static size_t add_words(const char **words, size_t count, size_t most,
			const struct command_entry *table)
{
	for (; table->command && count + 1 < most; table++)
		if (!(table->command->needs & IS_HIDDEN))
			words[count++] = table->name;
	words[count] = NULL;
	return count;
}

int unknown_command(const struct front *front, const struct command *noun, const char *word,
		    struct error *err)
{
	const char *candidates[256] = {NULL};
	const char *typed = noun ? noun->name : "", *blank = noun ? " " : "";
	const char *near;
	size_t count = 0;

	if (elsewhere_explain(noun ? noun->name : NULL, word, err))
		return -1;
	if (noun)
		add_words(candidates, 0, array_length(candidates), noun->verbs);
	for (size_t i = 0; !noun && front->tables[i]; i++)
		count = add_words(candidates, count, array_length(candidates), front->tables[i]);
	near = nearest_word(word, candidates);
	if (near)
		error_set(err, ERROR_INVALID, "unknown command '%s%s%s'; did you mean '%s'?", typed,
			  blank, word, near);
	else
		error_set(err, ERROR_INVALID, "unknown command '%s%s%s'; see '%s --help'", typed,
			  blank, word, front->name);
	return noun ? error_state(err, FACT_UNKNOWN_VERB, noun->name, word)
		    : error_state(err, FACT_UNKNOWN_COMMAND, word, NULL);
}

/* The command among @words when it has the first option of them that is none of ours. */
static const char *find_owner(const struct front *front, char *const *words, const char **option)
{
	*option = NULL;
	for (; *words; words++) {
		const struct command *command = front_find(front, *words);

		if (**words == '-' && !*option && !front_has_global(front, *words))
			*option = *words;
		else if (*option && command && options_have(command->options, *option))
			return *words;
	}
	return NULL;
}

int unknown_option_of_noun(const struct invocation *invocation, const char *word, struct error *err)
{
	error_set(err, ERROR_INVALID, "unknown option '%s'; see '%s %s --help'", word,
		  invocation->front->name, invocation->name);
	return error_state(err, FACT_UNKNOWN_OPTION, word, NULL);
}

int unknown_option(const struct invocation *invocation, char *const *words, struct error *err)
{
	const struct front *front = invocation->front;
	const struct error reason = *err;
	const char *option, *owner;

	if (reason.code != ERROR_NOT_FOUND)
		return -1;
	owner = invocation->command ? NULL : find_owner(front, words, &option);
	if (owner)
		error_set(err, ERROR_INVALID,
			  "unknown option '%s' before the command; '%s' has it: %s %s %s", option,
			  owner, front->name, owner, option);
	else
		error_set(err, ERROR_INVALID, "%s; see '%s%s%s --help'", reason.text, front->name,
			  invocation->command ? " " : "",
			  invocation->command ? invocation->name : "");
	return error_state(err, reason.fact, reason.about[0], reason.about[1]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `coracle __complete WORDS…`: what could stand in place of the last word, one on a line, and
 * ":files" at the end where a path of this host could. Asked by the shells' completions, ours with
 * `--` before the words, Docker's without; whatever goes wrong gives no words and no message, and
 * where nothing of ours fits (a command in a container) there is nothing.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strvec.h"
#include "cli/front.h"
#include "cli/invocation.h"
#include "cli/offers.h"
#include "cli/screen/output.h"

#include <string.h>

struct completion {
	struct offers offers;
	struct globals globals;
	const struct front *front;
	bool is_value; /* "--name=" was typed in front of what is asked for */
};

static void offer_options(struct offers *offers, const struct option_spec *specs)
{
	auto_free const struct option_spec **shown = options_shown(specs);

	for (size_t i = 0; shown[i]; i++)
		offers_add(offers, arena_format(offers->invocation->arena, "--%s", shown[i]->name));
}

static void offer_commands(struct offers *offers, const struct command_entry *table)
{
	for (const struct command_entry *row = table; row->command; row++)
		if (command_is_shown(table, row))
			offers_add(offers, row->name);
}

static void offer_value(struct offers *offers, const struct option_spec *option)
{
	const char *name = option ? options_value_name(option) : "";

	offers->verb = NULL; /* a value may be any object */
	if (option && option->words)
		offers_add_words(offers, option->words);
	else if (strcmp(name, "FILTER") == 0)
		offers_add_filters(offers, option->help);
	else if (strcmp(name, "FORMAT") == 0)
		offers_add_formats(offers, option->help, option->fallback);
	else
		offers_add_kind(offers, name);
}

/* "--detach=": of options that take no value, a word that is none. */
static void offer_bool(struct offers *offers)
{
	offers_add_words(offers, "true false");
}

/* The word for the argument at @place in "SERVICE COMMAND [ARG...]"; a last one with dots goes on.
 */
static const char *usage_word(const char *usage, size_t place)
{
	const char *word = usage;

	for (; place > 0; place--) {
		size_t length = strcspn(word, " ");

		if (!word[length] && !strstr(word, "..."))
			return "";
		if (!word[length])
			break;
		word += length + 1;
	}
	return word + strspn(word, "[");
}

/* Of "SERVICE:PATH PATH|- | PATH|- SERVICE:PATH" the part that begins as the arguments do. */
static const char *usage_of(const struct command *command, const struct strvec *arguments)
{
	const char *other = strstr(command->usage, " | ");

	if (other && arguments->count > 0 && !strchr(arguments->items[0], ':'))
		return other + strlen(" | ");
	return command->usage;
}

static bool has_word(char **words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

/* Is it a verb of `service`, whose services are those of stacks? */
static bool is_of_stacks(const struct completion *completion, const struct command *command)
{
	const struct command *service = front_find(completion->front, "service");

	return service && command_find(service->verbs, command->name) == command;
}

static void offer_argument(struct completion *completion, const struct command *command,
			   const struct strvec *arguments)
{
	struct offers *offers = &completion->offers;
	const char *usage = usage_of(command, arguments);

	offers->verb = command->name;
	offers->are_of_stacks = is_of_stacks(completion, command);
	offers->given = strstr(usage, "...") ? arguments : NULL;
	if (command->most > arguments->count)
		offers_add_kind(offers, usage_word(usage, arguments->count));
	offers->given = NULL;
}

/* Options of the command and its arguments so far: what comes next? */
static void offer_for(struct completion *completion, const struct command *command, char **words)
{
	auto_arena struct arena arena = {0};
	void *options = arena_alloc(&arena, command->options_size + 1);
	struct option_set sets[] = {
		{command->options, options}, {globals_common_options, &completion->globals}, {0}};
	const struct option_set *all = command->options ? sets : sets + 1;
	enum options_mode mode = command->needs & (SERVICE_FIRST | OPTIONS_FIRST_ONLY)
					 ? OPTIONS_FIRST
					 : OPTIONS_INTERSPERSED;
	auto_strvec struct strvec arguments = {0};
	struct error err = {0};

	memset(options, 0, command->options_size + 1);
	if (options_parse(all, mode, words, &arguments, &err) < 0)
		offer_value(&completion->offers, options_pending(all, &err));
	else if (completion->is_value)
		offer_bool(&completion->offers);
	else if (completion->offers.prefix[0] == '-' && !has_word(words, "--") &&
		 (mode == OPTIONS_INTERSPERSED || !arguments.count))
		offer_options(&completion->offers, command->options);
	else
		offer_argument(completion, command, &arguments);
	options_release(&sets[0]);
}

static void offer_front(struct completion *completion)
{
	const struct front *front = completion->front;

	if (completion->is_value) {
		offer_bool(&completion->offers);
		return;
	}
	if (completion->offers.prefix[0] == '-')
		for (size_t i = 0; front->globals[i]; i++)
			offer_options(&completion->offers, front->globals[i]);
	for (size_t i = 0; front->tables[i]; i++)
		offer_commands(&completion->offers, front->tables[i]);
	if (front->compose)
		offers_add(&completion->offers, "compose");
}

/* A command's options and arguments come next: it has no verbs, or none of them follows. */
static bool is_complete(const struct command *command, const char *next)
{
	return !command->verbs ||
	       (command_runs(command) && next && !command_find(command->verbs, next));
}

/* Behind `help`: the way to a command. */
static void offer_help(struct completion *completion, char **words)
{
	const struct command *command = NULL;

	if (completion->offers.prefix[0] == '-') {
		offers_add(&completion->offers, "--all");
		return;
	}
	if (!*words)
		offer_front(completion);
	for (; *words; words++)
		command = command	   ? command_find(command->verbs, *words)
			  : **words != '-' ? front_find(completion->front, *words)
					   : NULL;
	if (command && command->verbs)
		offer_commands(&completion->offers, command->verbs);
}

/* Down the nouns to a command. */
static void descend(struct completion *completion, char **words)
{
	const struct command *command = NULL;

	if (*words && strcmp(*words, "help") == 0) {
		offer_help(completion, words + 1);
		return;
	}
	for (; *words; words++) {
		command = command ? command_find(command->verbs, *words)
				  : front_find(completion->front, *words);
		if (!command)
			return;
		if (is_complete(command, words[1])) {
			offer_for(completion, command, words + 1);
			return;
		}
	}
	if (!command) {
		offer_front(completion);
		return;
	}
	if (command_runs(command))
		offer_for(completion, command, words);
	offer_commands(&completion->offers, command->verbs);
}

/* Words before the last one: global options, then a command or a noun and its verb. */
static void complete(struct completion *completion, char **words)
{
	struct option_set sets[FRONT_SETS];
	auto_strvec struct strvec rest = {0}, more = {0};
	struct error err = {0};

	front_option_sets(completion->front, &completion->globals, sets);
	if (options_parse(sets, OPTIONS_FIRST, words, &rest, &err) != 0) {
		if (globals_complete(&completion->globals, NULL) == 0)
			offer_value(&completion->offers, options_pending(sets, &err));
		return;
	}
	if (completion->front->compose && rest.count > 0 && strcmp(rest.items[0], "compose") == 0) {
		completion->front = completion->front->compose;
		strvec_add_all(&more, rest.items + 1);
		strvec_release(&rest);
		complete(completion, more.items ? more.items : (char *[]){NULL});
		return;
	}
	if (globals_complete(&completion->globals, NULL) == 0)
		descend(completion, rest.items ? rest.items : (char *[]){NULL});
}

static void say_nothing(enum log_level level, const char *text, void *data)
{
	(void)level;
	(void)text;
	(void)data;
}

/* "--pull=al" is an option and what its value begins with; bash gives three words of it. Returns
 * the length of the part that stays in front of what is found. */
static size_t split_value(char **words, size_t *count, const char **prefix)
{
	char *equals = strchr(*prefix, '=');

	if (strcmp(*prefix, "=") == 0) {
		*prefix = "";
		return 0;
	}
	if (*count > 1 && strcmp(words[*count - 1], "=") == 0) {
		words[--*count] = NULL;
		return 0;
	}
	if (strncmp(*prefix, "--", 2) != 0 || !equals)
		return 0;
	words[(*count)++] = (char *)*prefix;
	*equals = '\0';
	*prefix = equals + 1;
	return (size_t)(equals - words[*count - 1]);
}

static int complete_run(struct invocation *invocation, struct error *err)
{
	struct completion completion = {.offers = {.invocation = invocation},
					.front = invocation->front};
	struct offers *offers = &completion.offers;
	size_t count = invocation->argument_count - 1, before;
	char **words = arena_array(invocation->arena, count + 2, sizeof(char *));

	(void)err;
	log_set_sink(say_nothing, NULL);
	memcpy(words, invocation->arguments, count * sizeof(char *));
	offers->globals = &completion.globals;
	offers->prefix = invocation->arguments[count];
	before = split_value(words, &count, &offers->prefix);
	completion.is_value = count > 0 && before > 0;
	complete(&completion, words);
	strvec_sort(&offers->found);
	strvec_each (word, &offers->found)
		if (before)
			output_printf("%s=%s\n", words[count - 1], *word);
		else
			output_line(*word);
	if (offers->has_files)
		output_line(":files");
	strvec_release(&offers->found);
	globals_release(&completion.globals);
	return 0;
}

const struct command cmd_complete = COMMAND(
	"__complete", "WORD...", "Print the words that could stand in place of the last one",
	EXAMPLE("-- up --pu", "Print --pull"),
	.needs = CHANGES_NOTHING | IS_HIDDEN | TAKES_ALL_WORDS, .least = 1, .most = ANY_NUMBER,
	.run = complete_run);

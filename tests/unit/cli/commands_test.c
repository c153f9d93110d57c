/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "cli/command.h"
#include "cli/front.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* In the imperative or a noun: it begins with a capital, and who shows it adds the full stop. */
static void check_sentence(const char *command, const char *about, const char *text)
{
	if (!text || !*text)
		fail_msg("%s %s has no help", command, about);
	if (!isupper((unsigned char)text[0]))
		fail_msg("%s %s: '%s' begins without a capital", command, about, text);
	if (text[strlen(text) - 1] == '.')
		fail_msg("%s %s: '%s' ends with a full stop", command, about, text);
}

/* "missing, or what the file says" begins with one of the words; "one of its own" is none. */
static void check_is_word(const char *command, const struct option_spec *spec)
{
	size_t length = strcspn(spec->fallback, ", ");

	for (const char *word = spec->words; *word; word += strcspn(word, " ")) {
		word += strspn(word, " ");
		if (strcspn(word, " [") == length && memcmp(word, spec->fallback, length) == 0)
			return;
	}
	if (!strchr(spec->fallback, ' ') && strcmp(spec->fallback, "nothing") != 0)
		fail_msg("%s --%s: %s is none of its words", command, spec->name, spec->fallback);
}

static void check_option(const char *command, const struct option_spec *spec)
{
	for (const char *c = spec->name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			fail_msg("%s --%s: strange name", command, spec->name);
	if (spec->kind == OPTION_UNAVAILABLE) {
		CHECK(spec->help && *spec->help);
		return;
	}
	check_sentence(command, spec->name, spec->help);
	if (strstr(spec->help, "(default") || strstr(spec->help, "default:"))
		fail_msg("%s --%s: the default belongs in .fallback", command, spec->name);
	if (spec->kind == OPTION_TRISTATE && spec->fallback &&
	    strncmp(spec->fallback, "true", 4) != 0)
		fail_msg("%s --%s: the default is true or not", command, spec->name);
	if (spec->words && spec->fallback)
		check_is_word(command, spec);
}

static void check_options(const char *command, const struct option_spec *specs, size_t size)
{
	for (const struct option_spec *a = specs; a && a->name; a++) {
		check_option(command, a);
		if (a->kind != OPTION_UNAVAILABLE && a->offset >= size)
			fail_msg("%s --%s: outside of its struct", command, a->name);
		for (const struct option_spec *b = a + 1; b->name; b++) {
			if (strcmp(a->name, b->name) == 0)
				fail_msg("%s --%s twice", command, a->name);
			if (a->letter && a->letter == b->letter)
				fail_msg("%s -%c twice", command, a->letter);
		}
		for (const struct option_spec *c = globals_common_options; c->name; c++)
			if (strcmp(a->name, c->name) == 0)
				fail_msg("%s --%s hides the common one", command, a->name);
		/* Docker has -h for the host name, and only --help. */
		if ((a->letter == 'h' && strcmp(a->name, "hostname") != 0) ||
		    strcmp(a->name, "help") == 0)
			fail_msg("%s --%s hides help", command, a->name);
	}
}

static enum options_mode mode_of(const struct command *command)
{
	return command->needs & (SERVICE_FIRST | OPTIONS_FIRST_ONLY) ? OPTIONS_FIRST
								     : OPTIONS_INTERSPERSED;
}

/* What dispatch finds out before it begins: options, number of arguments, what excludes what. */
static void check_taken(const char *name, const struct command *command, char **words)
{
	auto_free void *options = calloc(1, command->options_size + 1);
	struct globals globals = {0};
	struct option_set sets[] = {
		{command->options, options}, {globals_common_options, &globals}, {0}};
	const struct option_set *all = command->options ? sets : sets + 1;
	auto_strvec struct strvec arguments = {0};
	struct error err = {0};

	if (command->verbs && !command_runs(command)) {
		const struct command *verb =
			words[0] ? command_find(command->verbs, words[0]) : NULL;

		if (!verb)
			fail_msg("%s: the example has no verb", name);
		check_taken(name, verb, words + 1);
		return;
	}
	options_init(&sets[0]);
	if (options_parse(all, mode_of(command), words, &arguments, &err) != 0)
		fail_msg("%s: example: %s", name, err.text);
	if (arguments.count < command->least || arguments.count > command->most)
		fail_msg("%s: example: %zu arguments", name, arguments.count);
	if (command->check && command->check(options, &err) < 0)
		fail_msg("%s: example: %s", name, err.text);
	options_release(&sets[0]);
}

/* Blanks part words, quotes hold them together, and a redirection is the shell's. */
static void split(char *text, char **words, size_t most)
{
	size_t count = 0;

	while (*text && count + 1 < most) {
		char stop = *text == '"' ? '"' : ' ';

		text += stop == '"';
		if (strchr("<>|", *text))
			break;
		words[count++] = text;
		text += strcspn(text, (char[]){stop, '\0'});
		if (*text)
			*text++ = '\0';
		text += strspn(text, " ");
	}
	words[count] = NULL;
}

static void check_examples(const char *name, const struct command *command)
{
	if (!command->examples[0].effect)
		fail_msg("%s has no example", name);
	for (size_t i = 0; i < array_length(command->examples); i++) {
		const struct command_example *example = &command->examples[i];
		char typed[200] = "", *words[20];

		if (!example->effect)
			continue;
		check_sentence(name, "example", example->effect);
		CHECK(strlen(example->words) < sizeof(typed));
		strcpy(typed, example->words);
		split(typed, words, array_length(words));
		check_taken(name, command, words);
	}
}

/* "'coracle stack deploy' goes on" names a command. */
static void check_hints(const char *name, const char *text)
{
	static const char begin[] = "'coracle ";

	while (text && (text = strstr(text, begin))) {
		const struct command *command = NULL;
		char hint[100] = "", *words[10], **word = words;

		text += strlen(begin);
		strncpy(hint, text, strcspn(text, "'"));
		split(hint, words, array_length(words));
		word += strcmp(*word, "compose") == 0;
		for (const struct command_entry *const *table =
			     (const struct command_entry *const[]){command_compose, command_docker,
								   command_own, NULL};
		     *table && !command; table++)
			command = command_find(*table, *word);
		if (command && command->verbs && word[1] && word[1][0] != '-')
			command = command_find(command->verbs, word[1]);
		if (!command)
			fail_msg("%s: there is no '%s'", name, *word);
	}
}

static void check_command(const char *name, const struct command *command)
{
	if (!command->usage)
		fail_msg("%s has no usage", name);
	check_sentence(name, "", command->help);
	check_examples(name, command);
	check_hints(name, command->goes_on);
	check_hints(name, command->last_words);
	if (!command_runs(command) && !command->verbs)
		fail_msg("%s has neither run nor verbs", name);
	if (command->run && command->each)
		fail_msg("%s has both run and each", name);
	if (command->most < command->least)
		fail_msg("%s takes no number of arguments", name);
	if ((command->most == 0) != (*command->usage == '\0'))
		if (!command->verbs)
			fail_msg("%s: usage and number of arguments disagree", name);
	if (command->needs & NEEDS_LOCK && !(command->needs & (NEEDS_FILE | NEEDS_PROJECT)))
		fail_msg("%s locks no project", name);
	if (command->needs & (NEEDS_PROJECT | NEEDS_LOCK) && !(command->needs & NEEDS_ENGINE))
		fail_msg("%s needs the engine", name);
	check_options(name, command->options, command->options_size);
}

static size_t check_table(const struct command_entry *table)
{
	size_t count = 0;

	for (; table->command; table++, count++) {
		check_command(table->name, table->command);
		if (table[1].command && strcmp(table->name, table[1].name) >= 0)
			fail_msg("%s must stand behind %s", table->name, table[1].name);
		if (table->command->verbs)
			count += check_table(table->command->verbs);
	}
	return count;
}

TEST(has_sound_commands)
{
	CHECK(check_table(command_compose) > 30);
	CHECK(check_table(command_docker) > 60);
	CHECK(check_table(command_own) > 1);
}

static void check_apart(const struct option_spec *a, const struct option_spec *b)
{
	for (; b && b->name; b++) {
		CHECK(strcmp(a->name, b->name) != 0);
		CHECK(!a->letter || a->letter != b->letter);
	}
}

TEST(has_sound_global_options)
{
	const struct front *front = &front_coracle;

	for (size_t i = 0; front->globals[i]; i++) {
		for (const struct option_spec *a = front->globals[i]; a->name; a++) {
			check_option("global", a);
			check_apart(a, a + 1);
			for (size_t j = i + 1; front->globals[j]; j++)
				check_apart(a, front->globals[j]);
		}
	}
}

TEST(finds_commands_by_name)
{
	const struct front *front = &front_coracle;

	CHECK(front_find(front, "up"));
	CHECK(front_find(front, "convert") == front_find(front, "config"));
	CHECK(!front_find(front, "u"));
}

TEST(is_what_it_is_called)
{
	CHECK(front_named("/usr/local/bin/docker") == &front_docker);
	CHECK(front_named("docker-compose") == &front_compose);
	CHECK(front_named("./out/coracle") == &front_coracle);
	CHECK(front_find(&front_docker, "ps") != front_find(&front_compose, "ps"));
	CHECK(front_find(&front_coracle, "ps") == front_find(&front_compose, "ps"));
	CHECK(front_find(&front_coracle, "network") == front_find(&front_docker, "network"));
	CHECK(!front_find(&front_compose, "network"));
	CHECK(!front_find(&front_docker, "up"));
	CHECK(!front_find(front_docker.compose, "network"));
}

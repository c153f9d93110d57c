/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wording.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cli/front.h"
#include "describe/fact_words.h"

#include <errno.h>
#include <string.h>

static const struct wording *find(const struct invocation *invocation, const struct error *err)
{
	const struct wording *words = invocation->front->words;

	return words && words[err->fact].text ? &words[err->fact] : NULL;
}

static void add_path(struct strbuf *out, const struct invocation *invocation)
{
	strbuf_add(out, invocation->front->name);
	if (invocation->name)
		strbuf_printf(out, " %s", invocation->name);
}

static void expand(struct strbuf *out, const char *text, const struct invocation *invocation,
		   const struct error *err)
{
	for (; *text; text++) {
		if (*text != '%') {
			strbuf_add_char(out, *text);
			continue;
		}
		if (*++text == 'c')
			add_path(out, invocation);
		else if (*text == 't')
			wording_hints(out, invocation->front, err->text);
		else
			strbuf_add(out, err->about[*text - '1']);
	}
}

/* "CONTAINER..." is "CONTAINER [CONTAINER...]" to docker. */
static void add_arguments(struct strbuf *out, const char *usage)
{
	const char *dots = strstr(usage, "...");
	size_t length = dots ? (size_t)(dots - usage) : 0, start = length;

	while (start > 0 && usage[start - 1] != ' ')
		start--;
	if (!dots || dots[3] || usage[start] == '[')
		strbuf_printf(out, " %s", usage);
	else
		strbuf_printf(out, " %.*s [%s]", (int)length, usage, usage + start);
}

static void add_usage(struct strbuf *out, const struct invocation *invocation, const char *see)
{
	const struct command *command = invocation->command;

	strbuf_add(out, "\n\nUsage:  ");
	add_path(out, invocation);
	if (!command)
		strbuf_add(out, " [OPTIONS] COMMAND [ARG...]");
	else if (command->options)
		strbuf_add(out, " [OPTIONS]");
	if (command && *command->usage)
		add_arguments(out, command->usage);
	strbuf_printf(out, "\n\n%s '", see);
	add_path(out, invocation);
	strbuf_add(out, " --help' for more information");
}

/* What a run says that did not come to its container. */
static bool fails_as_run(const struct invocation *invocation)
{
	return invocation->front->is_docker && invocation->command &&
	       invocation->command->needs & FAILS_AS_RUN;
}

static void add_docker(struct strbuf *out, const struct invocation *invocation,
		       const struct error *err, const struct wording *words)
{
	bool is_ours = !invocation->is_at_work || err->code == ECANCELED;
	bool is_daemons = !is_ours || fact_words[err->fact];
	enum wording_kind kind = words	      ? words->kind
				 : is_daemons ? WORDING_OF_DAEMON
					      : WORDING_OF_CLIENT;

	if (kind == WORDING_OF_ARGUMENTS ||
	    (kind != WORDING_OF_OPTIONS && fails_as_run(invocation)))
		strbuf_add(out, "docker: ");
	if (kind == WORDING_OF_DAEMON)
		strbuf_add(out, "Error response from daemon: ");
	if (words)
		expand(out, words->text, invocation, err);
	else if (!fact_words_add(out, err))
		wording_hints(out, invocation->front, err->text);
	if (kind == WORDING_OF_OPTIONS || kind == WORDING_OF_ARGUMENTS)
		add_usage(out, invocation, err->fact == FACT_TOO_FEW ? "See" : "Run");
	else if (fails_as_run(invocation))
		strbuf_add(out, "\n\nRun 'docker run --help' for more information");
}

void wording_error(struct strbuf *out, const struct invocation *invocation, const struct error *err)
{
	const struct wording *words = find(invocation, err);

	if (invocation->front->is_docker) {
		add_docker(out, invocation, err, words);
		return;
	}
	if (words)
		expand(out, words->text, invocation, err);
	else
		wording_text(out, invocation, err->text);
}

void wording_text(struct strbuf *out, const struct invocation *invocation, const char *text)
{
	if (!invocation->front->words && invocation->globals->progress_mode != PROGRESS_JSON)
		strbuf_add(out, "coracle: ");
	wording_hints(out, invocation->front, text);
}

int wording_start_code(const struct error *err)
{
	if (err->code == EACCES || err->code == EISDIR || err->code == ENOEXEC)
		return 126;
	return err->code == ENOENT ? 127 : 125;
}

int wording_code(const struct invocation *invocation, const struct error *err)
{
	const struct wording *words = find(invocation, err);

	if (words && words->kind == WORDING_OF_OPTIONS)
		return 125;
	if (invocation->command && invocation->command->needs & FAILS_WITH_255)
		return 255;
	if (!invocation->command || !(invocation->command->needs & FAILS_AS_RUN) ||
	    (words && words->kind == WORDING_OF_ARGUMENTS))
		return 1;
	return wording_start_code(err);
}

static const char compose_word[] = "compose ";

/* Who has the command that begins a hint; options come first where it is about a project. */
static const char *program_of(const struct front *front, const char *hint)
{
	auto_strbuf struct strbuf word = {0};
	bool is_known;

	if (strncmp(hint, compose_word, strlen(compose_word)) == 0)
		return front->is_docker ? front->compose->name : front->name;
	strbuf_add_n(&word, hint, strcspn(hint, " '"));
	is_known = *hint == '-' ? front_has_global(front, strbuf_text(&word))
				: front_find(front, strbuf_text(&word)) != NULL;
	return is_known || !front->other ? front->name : front->other->name;
}

void wording_hints(struct strbuf *out, const struct front *front, const char *text)
{
	static const char ours[] = "'coracle ";

	for (const char *at; (at = strstr(text, ours)) != NULL;) {
		const char *hint = at + strlen(ours);

		strbuf_add_n(out, text, (size_t)(at - text) + 1);
		strbuf_printf(out, "%s ", program_of(front, hint));
		text = hint;
		if (strncmp(hint, compose_word, strlen(compose_word)) == 0)
			text += strlen(compose_word);
	}
	strbuf_add(out, text);
}

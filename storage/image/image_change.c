/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/image/image_change.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"

static const char *skip_blanks(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Up to the next blank that is not quoted; quotes and backslashes go. */
static const char *take_word(const char *text, struct strbuf *word, struct error *err)
{
	char quote = '\0';

	for (; *text && (quote || !isspace((unsigned char)*text)); text++) {
		if (*text == '\\' && quote != '\'' && text[1]) {
			text++;
			if (quote && *text != quote && *text != '\\' && *text != '$')
				strbuf_add_char(word, '\\');
			strbuf_add_char(word, *text);
		} else if (quote ? *text == quote : *text == '"' || *text == '\'') {
			quote = quote ? '\0' : *text;
		} else {
			strbuf_add_char(word, *text);
		}
	}
	if (quote) {
		error_set(err, ERROR_INVALID, "the quote %c is not closed", quote);
		return NULL;
	}
	return skip_blanks(text);
}

static int split_words(const char *text, struct strvec *words, struct error *err)
{
	while (*text) {
		auto_strbuf struct strbuf word = {0};

		text = take_word(text, &word, err);
		if (!text)
			return -1;
		strvec_add(words, strbuf_text(&word));
	}
	return 0;
}

/* A list of strings in JSON, or NULL: it is meant as plain text. */
static json *parse_list(const char *text)
{
	auto_json json *list = *text == '[' ? json_parse(text, strlen(text), "list", NULL) : NULL;

	if (!json_is_array(list))
		return NULL;
	for (size_t i = 0; i < json_length(list); i++)
		if (!json_string_at(list, i))
			return NULL;
	return take_ptr(list);
}

/* Plain text is for the shell. */
static json *parse_command(const json *config, const char *text)
{
	json *list = parse_list(text);
	json *shell = json_get(config, "Shell");

	if (list)
		return list;
	list = json_new_array();
	for (size_t i = 0; i < json_length(shell); i++)
		json_add_string(list, json_string_at(shell, i));
	if (json_length(list) == 0) {
		json_add_string(list, "/bin/sh");
		json_add_string(list, "-c");
	}
	json_add_string(list, text);
	return list;
}

static json *member(json *config, const char *name, json *(*create)(void))
{
	json *value = json_get(config, name);

	if (!value) {
		value = create();
		json_set(config, name, value);
	}
	return value;
}

static int change_cmd(json *config, const char *text, struct error *err)
{
	(void)err;
	json_set(config, "Cmd", parse_command(config, text));
	return 0;
}

static int change_entrypoint(json *config, const char *text, struct error *err)
{
	(void)err;
	json_set(config, "Entrypoint", parse_command(config, text));
	return 0;
}

static int change_shell(json *config, const char *text, struct error *err)
{
	json *list = parse_list(text);

	if (!list)
		return error_set(err, ERROR_INVALID, "a list in JSON is wanted: [\"sh\", \"-c\"]");
	json_set(config, "Shell", list);
	return 0;
}

/* "NAME=value…" words, or the old form "NAME the rest". Each pair goes to @set. */
static int each_pair (json *config, const char *text,
		      void (*set)(json *config, const char *name, const char *value),
		      struct error * err)
{
	auto_strvec struct strvec words = {0};

	if (split_words(text, &words, err) < 0)
		return -1;
	if (words.count > 1 && !strchr(words.items[0], '=')) {
		set(config, words.items[0], skip_blanks(text + strcspn(text, " \t")));
		return 0;
	}
	strvec_each (word, &words) {
		char *equals = strchr(*word, '=');

		if (!equals || equals == *word)
			return error_set(err, ERROR_INVALID, "'%s' is not NAME=value", *word);
		*equals = '\0';
		set(config, *word, equals + 1);
	}
	return 0;
}

static void set_env(json *config, const char *name, const char *value)
{
	json *old = json_get(config, "Env");
	auto_strvec struct strvec env = {0};
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < json_length(old); i++)
		if (json_string_at(old, i))
			strvec_add(&env, json_string_at(old, i));
	strbuf_printf(&text, "%s=%s", name, value);
	strvec_setenv(&env, text.text);
	json_set(config, "Env", json_from_strings(env.items));
}

static void set_label(json *config, const char *name, const char *value)
{
	json_set_string(member(config, "Labels", json_new_object), name, value);
}

static int change_env(json *config, const char *text, struct error *err)
{
	return each_pair (config, text, set_env, err);
}

static int change_label(json *config, const char *text, struct error *err)
{
	return each_pair (config, text, set_label, err);
}

static int expose(json *ports, const char *word, struct error *err)
{
	const char *slash = strchr(word, '/');
	const char *protocol = slash ? slash + 1 : "tcp";
	auto_strbuf struct strbuf range = {0};
	int64_t first, last;
	char *dash;

	strbuf_add_n(&range, word, slash ? (size_t)(slash - word) : strlen(word));
	strbuf_add(&range, "");
	dash = strchr(strbuf_text(&range), '-');
	if (dash)
		*dash = '\0';
	if (units_parse_int(&first, strbuf_text(&range), 1, 65535, err) < 0 ||
	    units_parse_int(&last, dash ? dash + 1 : strbuf_text(&range), 1, 65535, err) < 0)
		return error_wrap(err, "port '%s'", word);
	if (last < first || (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0 &&
			     strcmp(protocol, "sctp") != 0))
		return error_set(err, ERROR_INVALID, "'%s' is not PORT[-PORT][/tcp|/udp|/sctp]",
				 word);
	for (; first <= last; first++) {
		char text[32];

		snprintf(text, sizeof(text), "%d/%s", (int)first, protocol);
		json_set(ports, text, json_new_object());
	}
	return 0;
}

static int change_expose(json *config, const char *text, struct error *err)
{
	auto_strvec struct strvec words = {0};

	if (split_words(text, &words, err) < 0)
		return -1;
	strvec_each (word, &words)
		if (expose(member(config, "ExposedPorts", json_new_object), *word, err) < 0)
			return -1;
	return 0;
}

static int change_volume(json *config, const char *text, struct error *err)
{
	auto_json json *list = parse_list(text);
	auto_strvec struct strvec words = {0};

	for (size_t i = 0; i < json_length(list); i++)
		strvec_add(&words, json_string_at(list, i));
	if (!list && split_words(text, &words, err) < 0)
		return -1;
	strvec_each (word, &words) {
		if (!**word)
			return error_set(err, ERROR_INVALID, "a volume needs a path");
		json_set(member(config, "Volumes", json_new_object), *word, json_new_object());
	}
	return 0;
}

static int change_onbuild(json *config, const char *text, struct error *err)
{
	(void)err;
	json_add_string(member(config, "OnBuild", json_new_array), text);
	return 0;
}

static int set_single(json *config, const char *name, const char *text, struct error *err)
{
	auto_strvec struct strvec words = {0};

	if (split_words(text, &words, err) < 0)
		return -1;
	if (words.count != 1)
		return error_set(err, ERROR_INVALID, "one word is wanted");
	json_set_string(config, name, words.items[0]);
	return 0;
}

static int change_user(json *config, const char *text, struct error *err)
{
	return set_single(config, "User", text, err);
}

static int change_stopsignal(json *config, const char *text, struct error *err)
{
	return set_single(config, "StopSignal", text, err);
}

static int change_workdir(json *config, const char *text, struct error *err)
{
	auto_free char *base = path_join("/", json_string(config, "WorkingDir", "/"));
	auto_free char *path = NULL;

	if (set_single(config, "WorkingDir", text, err) < 0)
		return -1;
	path = path_join(base, json_string(config, "WorkingDir", ""));
	json_set_string(config, "WorkingDir", path);
	return 0;
}

static int health_option(json *health, const char *word, struct error *err)
{
	static const struct {
		const char *option, *member;
	} durations[] = {
		{"--interval=", "Interval"},
		{"--timeout=", "Timeout"},
		{"--start-period=", "StartPeriod"},
		{"--start-interval=", "StartInterval"},
	};
	int64_t value;

	for (size_t i = 0; i < array_length(durations); i++) {
		size_t length = strlen(durations[i].option);

		if (strncmp(word, durations[i].option, length) != 0)
			continue;
		if (units_parse_duration(&value, word + length, err) < 0)
			return -1;
		json_set_int(health, durations[i].member, value);
		return 0;
	}
	if (strncmp(word, "--retries=", 10) != 0)
		return error_set(err, ERROR_INVALID, "'%s' is not known", word);
	if (units_parse_int(&value, word + 10, 0, INT32_MAX, err) < 0)
		return -1;
	json_set_int(health, "Retries", value);
	return 0;
}

static int change_healthcheck(json *config, const char *text, struct error *err)
{
	auto_json json *health = json_new_object();
	json *test = json_new_array(), *list;

	json_set(health, "Test", test);
	while (strncmp(text, "--", 2) == 0) {
		auto_strbuf struct strbuf word = {0};

		text = take_word(text, &word, err);
		if (!text || health_option(health, strbuf_text(&word), err) < 0)
			return -1;
	}
	if (strcasecmp(text, "NONE") == 0) {
		json_add_string(test, "NONE");
	} else if (strncasecmp(text, "CMD", 3) == 0 && isspace((unsigned char)text[3])) {
		text = skip_blanks(text + 3);
		list = parse_list(text);
		json_add_string(test, list ? "CMD" : "CMD-SHELL");
		for (size_t i = 0; i < json_length(list); i++)
			json_add_string(test, json_string_at(list, i));
		if (!list)
			json_add_string(test, text);
		json_cleanup(&list);
	} else {
		return error_set(err, ERROR_INVALID, "NONE or CMD is wanted");
	}
	json_set(config, "Healthcheck", take_ptr(health));
	return 0;
}

static const struct {
	const char *name;
	int (*apply)(json *config, const char *text, struct error *err);
} instructions[] = {
	{"CMD", change_cmd},	     {"ENTRYPOINT", change_entrypoint},
	{"ENV", change_env},	     {"EXPOSE", change_expose},
	{"LABEL", change_label},     {"HEALTHCHECK", change_healthcheck},
	{"ONBUILD", change_onbuild}, {"SHELL", change_shell},
	{"USER", change_user},	     {"STOPSIGNAL", change_stopsignal},
	{"VOLUME", change_volume},   {"WORKDIR", change_workdir},
};

int image_change_apply(json *config, const char *instruction, struct error *err)
{
	const char *text = skip_blanks(instruction);
	size_t length = strcspn(text, " \t\n");
	const char *rest = skip_blanks(text + length);

	for (size_t i = 0; i < array_length(instructions); i++) {
		if (strlen(instructions[i].name) != length ||
		    strncasecmp(instructions[i].name, text, length) != 0)
			continue;
		if (!*rest)
			return error_set(err, ERROR_INVALID, "change '%s': an argument is missing",
					 instruction);
		if (instructions[i].apply(config, rest, err) < 0)
			return error_wrap(err, "change '%s'", instruction);
		return 0;
	}
	return error_set(err, ERROR_INVALID,
			 "change '%s': it must begin with CMD, ENTRYPOINT, ENV, EXPOSE, "
			 "HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR",
			 instruction);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/config.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "registry/host.h"
#include "registry/url.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define OWN_FILE     "/etc/coracle/registries.json"
#define DAEMON_FILE  "/etc/docker/daemon.json"
#define LARGEST_FILE ((size_t)1 << 20)

/* What is being parsed, for messages. */
struct source {
	const char *text, *name;
};

void config_release(struct config *config)
{
	map_each (entry, &config->mirrors) {
		strvec_release(entry->value);
		free(entry->value);
	}
	map_release(&config->mirrors);
	strvec_release(&config->insecure);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Puts "FILE:LINE:COLUMN: " of the byte at @at (NULL: the beginning) before the text. */
static int locate(struct error *err, const struct source *source, const char *at)
{
	unsigned line = 1, column = 1;

	for (const char *c = source->text; at && c < at; c++) {
		column++;
		if (*c == '\n') {
			line++;
			column = 1;
		}
	}
	return error_wrap(err, "%s:%u:%u", source->name, line, column);
}

/* The tree does not know where its values stood: the first time that the word is there in quotes.
 */
static int locate_word(struct error *err, const struct source *source, const char *word)
{
	auto_free char *quoted = alloc_format("\"%s\"", word);

	return locate(err, source, strstr(source->text, quoted));
}

/* The tokener says how far it came. */
static int locate_syntax(struct error *err, const struct source *source)
{
	struct json_tokener *tokener = json_tokener_new();
	size_t at;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	json_object_put(
		json_tokener_parse_ex(tokener, source->text, (int)strlen(source->text) + 1));
	at = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	error_set(err, ERROR_INVALID, "this is no valid JSON");
	return locate(err, source, source->text + at);
}

/* ---- members --------------------------------------------------------------------------------- */

static int add_mirror(struct config *config, const char *host, const char *text, struct error *err)
{
	struct url url;
	struct strvec *list = map_get(&config->mirrors, host);
	size_t length = strlen(text);

	if (url_parse(&url, text, err) < 0 || strchr(url.rest, '?'))
		return error_set(err, ERROR_INVALID,
				 "mirror '%.200s' must be an address such as "
				 "'https://HOST[:PORT][/PATH]'",
				 text);
	while (length > 0 && text[length - 1] == '/')
		length--;
	if (!list) {
		list = alloc_zeroed(1, sizeof(*list));
		map_set(&config->mirrors, host, list);
	}
	strvec_add_n(list, text, length);
	return 0;
}

static int parse_mirror_list(struct config *config, const char *host, json *value,
			     const struct source *source, struct error *err)
{
	if (!json_is_array(value)) {
		error_set(err, ERROR_INVALID, "a list of addresses is expected");
		return locate_word(err, source, host);
	}
	for (size_t i = 0; i < json_length(value); i++) {
		const char *text = json_string_at(value, i);

		if (!text)
			error_set(err, ERROR_INVALID, "a list of addresses is expected");
		if (!text || add_mirror(config, host, text, err) < 0)
			return locate_word(err, source, text ? text : host);
	}
	return 0;
}

static int parse_daemon_mirrors(struct config *config, json *value, const struct source *source,
				struct error *err)
{
	struct error inner = {0};

	if (json_is_array(value))
		return parse_mirror_list(config, HOST_DEFAULT, value, source, err);
	inner = (struct error){0};
	error_set(&inner, ERROR_INVALID, "a list of addresses is expected");
	locate_word(&inner, source, "registry-mirrors");
	return error_pass(err, &inner);
}

static int parse_mirrors(struct config *config, json *value, const struct source *source,
			 struct error *err)
{
	if (!json_is_object(value)) {
		error_set(err, ERROR_INVALID,
			  "'mirrors' must be an object of hosts and lists of addresses");
		return locate_word(err, source, "mirrors");
	}
	json_each (host, list, value) {
		if (host_check(host, err) < 0)
			return locate_word(err, source, host);
		if (parse_mirror_list(config, host, list, source, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_insecure(struct config *config, json *value, const struct source *source,
			  struct error *err)
{
	for (size_t i = 0; json_is_array(value) && i < json_length(value); i++) {
		const char *text = json_string_at(value, i);
		const char *host = text && strstr(text, "://") ? strstr(text, "://") + 3 : text;

		if (!host || !host_is_list_entry(host)) {
			error_set(err, ERROR_INVALID,
				  "an insecure registry must be HOST, HOST:PORT or NETWORK/BITS");
			return locate_word(err, source, text ? text : "insecure-registries");
		}
		strvec_add(&config->insecure, host);
	}
	if (json_is_array(value))
		return 0;
	error_set(err, ERROR_INVALID, "a list of hosts is expected");
	return locate_word(err, source, "insecure-registries");
}

static int parse_limits(struct config *config, json *value, const struct source *source,
			struct error *err)
{
	const char *member = "limits";

	if (json_is_object(value) &&
	    settings_limits_parse(&config->limits, value, &member, err) == 0)
		return 0;
	if (!json_is_object(value))
		error_set(err, ERROR_INVALID, "'limits' must be an object");
	return locate_word(err, source, member);
}

struct member {
	const char *name;
	int (*parse)(struct config *config, json *value, const struct source *source,
		     struct error *err);
	bool is_of_daemon;
};

static const struct member members[] = {
	{"registry-mirrors", parse_daemon_mirrors, true},
	{"insecure-registries", parse_insecure, true},
	{"mirrors", parse_mirrors, false},
	{"limits", parse_limits, false},
	{0},
};

int config_parse(struct config *config, const char *text, const char *name, bool is_daemon,
		 struct error *err)
{
	struct source source = {.text = text, .name = name};
	auto_json json *document = json_parse(text, strlen(text), name, err);

	config->limits = settings_limits_default;
	if (!document)
		return locate_syntax(err, &source);
	if (!json_is_object(document)) {
		error_set(err, ERROR_INVALID, "an object is expected");
		return locate(err, &source, NULL);
	}
	json_each (key, value, document) {
		const struct member *member = members;

		while (member->name && strcmp(member->name, key) != 0)
			member++;
		if (member->name && (member->is_of_daemon || !is_daemon)) {
			if (member->parse(config, value, &source, err) < 0)
				return -1;
		} else if (!is_daemon) {
			error_set(err, ERROR_INVALID, "'%s' is not known", key);
			return locate_word(err, &source, key);
		}
	}
	return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* 1: read, 0: there is no such file. */
static int load_file(struct config *config, const char *path, bool is_daemon, struct error *err)
{
	auto_strbuf struct strbuf text = {0};
	struct error problem = {0};

	if (file_read(AT_FDCWD, path, LARGEST_FILE, &text, &problem) < 0) {
		if (problem.code == ENOENT || problem.code == ENOTDIR)
			return 0;
		return error_pass(err, &problem);
	}
	return config_parse(config, strbuf_text(&text), path, is_daemon, err) < 0 ? -1 : 1;
}

int config_load(struct config *config, struct error *err)
{
	const char *chosen = getenv("CORACLE_REGISTRIES");
	int rc;

	config->limits = settings_limits_default;
	if (chosen && *chosen) {
		rc = load_file(config, chosen, false, err);
		if (rc == 0)
			return error_set(err, ENOENT,
					 "there is no '%s', which CORACLE_REGISTRIES names",
					 chosen);
		return rc < 0 ? -1 : 0;
	}
	rc = load_file(config, OWN_FILE, false, err);
	if (rc == 0)
		rc = load_file(config, DAEMON_FILE, true, err);
	return rc < 0 ? -1 : 0;
}

const struct strvec *config_mirrors(const struct config *config, const char *host)
{
	return map_get(&config->mirrors, host);
}

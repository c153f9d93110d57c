/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image from what a container has written.
 */
#include "api/endpoints.h"

#include "api/answer.h"
#include "api/body.h"
#include "api/request.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "engine/container.h"
#include "engine/container_files.h"

#include <string.h>

struct commit {
	struct container container;
	struct strvec changes; /* as in a Dockerfile */
};

/* In quotes, in which nothing stands for something else. */
static void add_quoted(struct strbuf *out, const char *text)
{
	strbuf_add_char(out, '"');
	for (; *text; text++) {
		if (strchr("\"\\$", *text))
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *text);
	}
	strbuf_add_char(out, '"');
}

static void add_pair(struct strvec *changes, const char *word, const char *name, const char *value)
{
	auto_strbuf struct strbuf text = {0};

	strbuf_printf(&text, "%s ", word);
	add_quoted(&text, name);
	strbuf_add_char(&text, '=');
	add_quoted(&text, value);
	strvec_add(changes, strbuf_text(&text));
}

/* A list, or the names of an object, as JSON. */
static void add_list(struct strvec *changes, const char *word, const json *value)
{
	auto_strbuf struct strbuf text = {0};
	auto_json json *names = json_new_array();

	if (json_is_object(value)) {
		json_each (name, ignored, value) {
			(void)ignored;
			json_add_string(names, name);
		}
	}
	json_print(&text, json_is_array(value) ? value : names, false);
	if (json_length(json_is_array(value) ? value : names) > 0)
		strvec_addf(changes, "%s %s", word, strbuf_text(&text));
}

/* The members of a Config that differ from what the container has. */
static void add_config(struct strvec *changes, const json *config)
{
	static const char *const texts[][2] = {
		{"User", "USER"}, {"WorkingDir", "WORKDIR"}, {"StopSignal", "STOPSIGNAL"}};
	static const char *const lists[][2] = {{"Entrypoint", "ENTRYPOINT"},
					       {"Cmd", "CMD"},
					       {"Shell", "SHELL"},
					       {"Volumes", "VOLUME"}};
	json *env = json_get(config, "Env"), *labels = json_get(config, "Labels");
	json *ports = json_get(config, "ExposedPorts");

	for (size_t i = 0; i < array_length(texts); i++)
		if (body_text(config, texts[i][0]))
			strvec_addf(changes, "%s %s", texts[i][1], body_text(config, texts[i][0]));
	for (size_t i = 0; i < array_length(lists); i++)
		add_list(changes, lists[i][1], json_get(config, lists[i][0]));
	for (size_t i = 0; i < json_length(env); i++) {
		const char *whole = json_string_at(env, i);
		auto_free char *entry = alloc_string(whole ? whole : "");
		char *value = strchr(entry, '=');

		if (!value || value == entry)
			continue;
		*value++ = '\0';
		add_pair(changes, "ENV", entry, value);
	}
	if (json_is_object(labels)) {
		json_each (name, value, labels)
			add_pair(changes, "LABEL", name,
				 json_is_string(value) ? json_object_get_string(value) : "");
	}
	if (json_is_object(ports)) {
		json_each (port, ignored, ports) {
			(void)ignored;
			strvec_addf(changes, "EXPOSE %s", port);
		}
	}
}

static int run(struct request *request, struct commit *commit, struct error *err)
{
	const char *name = request_query(request, "container", NULL);
	const char *repository = request_query(request, "repo", NULL);
	const char *tag = request_query(request, "tag", NULL);
	struct container_commit wanted = {
		.name = repository && tag ? arena_format(&request->arena, "%s:%s", repository, tag)
					  : repository,
		.author = request_query(request, "author", NULL),
		.message = request_query(request, "comment", NULL),
		.pauses = !request_query(request, "pause", NULL) || request_flag(request, "pause"),
	};
	auto_json json *body = NULL;
	char id[80];
	json *answer;

	if (!name)
		return error_set(err, ERROR_INVALID, "bad parameter: container is missing");
	request->name = name;
	if (request_json(request, &body, err) < 0 ||
	    request_container(request, &commit->container, err) < 0)
		return -1;
	add_config(&commit->changes, body);
	request_query_all(request, "changes", &commit->changes);
	wanted.changes = commit->changes.items;
	if (container_commit(request->engine, commit->container.id, &wanted, id, err) < 0)
		return -1;
	answer = json_new_object();
	json_set_string(answer, "Id", id);
	answer_json(request, 201, answer);
	return 0;
}

int endpoint_commit(struct request *request, struct error *err)
{
	struct commit commit = {0};
	int result = run(request, &commit, err);

	strvec_release(&commit.changes);
	return result;
}

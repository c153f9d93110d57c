/* SPDX-License-Identifier: Apache-2.0 */
/* What a name is in a container: what its responder says, whose that is, and who else has the name
 * where it is not seen. */
#include "engine/explain/explain_private.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/labels.h"
#include "engine/namespace_mode.h"
#include "net/dns_ask.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define NO_NAME 3

struct question {
	const char *name;
	const struct container *asker;
	const struct container *from; /* whose network the asker has: itself, mostly */
	struct container *all;
	size_t count;
	struct dns_asked asked;
	struct explanation *out;
	struct arena *arena;
};

static bool is_same(const char *a, const char *b)
{
	return a && b && strcasecmp(a, b) == 0;
}

/* Has the endpoint that name, or NAME.NETWORK? */
static bool endpoint_has_name(const struct endpoint *endpoint, const char *name)
{
	for (char **own = endpoint->names; own && *own; own++) {
		size_t length = strlen(*own);

		if (is_same(*own, name) ||
		    (strncasecmp(*own, name, length) == 0 && name[length] == '.' &&
		     is_same(name + length + 1, endpoint->network)))
			return true;
	}
	return false;
}

static bool was_answered(const struct question *question, const struct endpoint *endpoint)
{
	for (char **address = question->asked.addresses; address && *address; address++)
		if (is_same(*address, endpoint->ipv4) || is_same(*address, endpoint->ipv6))
			return true;
	return false;
}

/* What extra_hosts gives the name; NULL: nothing. */
static const char *find_host(const struct question *question)
{
	size_t length = strlen(question->name);

	for (char **entry = question->from->config.extra_hosts; entry && *entry; entry++)
		if (strncasecmp(*entry, question->name, length) == 0 &&
		    ((*entry)[length] == '=' || (*entry)[length] == ':'))
			return *entry + length + 1;
	return NULL;
}

static void say_links(const struct question *question)
{
	size_t length = strlen(question->name);

	for (char **link = question->from->config.links; link && *link; link++)
		if (strncasecmp(*link, question->name, length) == 0 && (*link)[length] == '=')
			explain_say(question->out, "  a link makes it another word for %s",
				    *link + length + 1);
}

static const char *servers_text(const struct question *question)
{
	auto_strbuf struct strbuf text = {0};

	for (char **server = question->from->config.dns; server && *server; server++)
		strbuf_printf(&text, "%s%s", text.length ? ", " : "", *server);
	return text.length ? arena_string(question->arena, strbuf_text(&text))
			   : "those of the host's /etc/resolv.conf";
}

/* Whose the address is, as far as the asker's networks know. */
static void say_owner(const struct question *question, const char *address)
{
	for (size_t i = 0; i < question->count; i++)
		for (size_t j = 0; j < question->all[i].state.endpoint_count; j++) {
			const struct endpoint *endpoint = &question->all[i].state.endpoints[j];

			if (!container_find_endpoint(&question->from->state, endpoint->network) ||
			    !(is_same(address, endpoint->ipv4) || is_same(address, endpoint->ipv6)))
				continue;
			explain_say(question->out, "  %s is %s on network %s", address,
				    question->all[i].name, endpoint->network);
			return;
		}
	explain_say(question->out, "  %s is no container's of its networks: asked were %s", address,
		    servers_text(question));
}

static void say_shadowed(const struct question *question, const struct container *holder,
			 const struct endpoint *endpoint)
{
	const char *project = labels_project(question->from);
	const char *other = labels_project(holder);

	if (project && other && strcmp(project, other) != 0)
		explain_say(question->out,
			    "  %s on network %s has the name, too, but is of project %s: the "
			    "asker's own project comes first",
			    holder->name, endpoint->network, other);
	else
		explain_say(question->out,
			    "  %s on network %s has the name, too: the first network that knows a "
			    "name answers, in the order %s",
			    holder->name, endpoint->network,
			    explain_networks(question->from, question->arena));
}

/* Returns whether it has the name. */
static bool say_running(const struct question *question, const struct container *holder)
{
	bool has_name = false;

	for (size_t i = 0; i < holder->state.endpoint_count; i++) {
		const struct endpoint *endpoint = &holder->state.endpoints[i];

		if (!endpoint_has_name(endpoint, question->name))
			continue;
		has_name = true;
		if (was_answered(question, endpoint))
			continue;
		if (container_find_endpoint(&question->from->state, endpoint->network))
			say_shadowed(question, holder, endpoint);
		else if (question->asked.count == 0)
			explain_say(question->out,
				    "  %s has that name on network %s, where %s is not: give both "
				    "a network in common, or 'coracle network connect %s %s'",
				    holder->name, endpoint->network, question->from->name,
				    endpoint->network, question->from->name);
	}
	return has_name;
}

static bool would_have_name(const struct container *container, const char *name)
{
	if (is_same(container->name, name) || is_same(labels_service(container), name))
		return true;
	for (size_t i = 0; i < container->config.endpoint_count; i++)
		for (char **alias = container->config.endpoints[i].aliases; alias && *alias;
		     alias++)
			if (is_same(*alias, name))
				return true;
	return false;
}

static bool say_others(const struct question *question, const struct container *holder)
{
	if (!would_have_name(holder, question->name) || question->asked.count > 0)
		return false;
	if (!container_is_live(holder))
		explain_say(question->out,
			    "  %s would have that name, but is %s: only what runs has names",
			    holder->name, explain_status(holder, question->arena));
	else if (namespace_mode_is_foreign(holder->config.network_mode))
		explain_say(question->out,
			    "  %s has no network of its own (network_mode %s), and so no name",
			    holder->name, holder->config.network_mode);
	else
		return false;
	return true;
}

static void say_unknown(const struct question *question)
{
	auto_strvec struct strvec names = {0};
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < question->count; i++) {
		const struct container *other = &question->all[i];

		for (size_t j = 0; j < other->state.endpoint_count; j++)
			if (container_find_endpoint(&question->from->state,
						    other->state.endpoints[j].network) &&
			    !strvec_contains(&names, other->name))
				strvec_add(&names, other->name);
	}
	strvec_each (name, &names)
		strbuf_printf(&text, "%s%s", text.length ? ", " : "", *name);
	explain_say(question->out,
		    "  no container has that name; on its networks (%s) there are %s",
		    explain_networks(question->from, question->arena), strbuf_text(&text));
}

static void say_holders(const struct question *question)
{
	bool is_known = false;

	for (size_t i = 0; i < question->count; i++)
		is_known |= say_running(question, &question->all[i]) ||
			    say_others(question, &question->all[i]);
	if (question->asked.count > 0)
		return;
	if (!is_known)
		say_unknown(question);
	if (explain_is_isolated(question->from))
		explain_say(question->out,
			    "  its networks are internal: nobody outside is asked for other names");
	else
		explain_say(question->out, "  asked for names that no network knows were %s",
			    servers_text(question));
}

static const char *no_address_text(int code)
{
	if (code == NO_NAME)
		return "there is no such name";
	return code == 0 ? "the name is known, but has no address" : "no answer could be had";
}

static void say_heading(const struct question *question, const char *host)
{
	const struct dns_asked *asked = &question->asked;
	auto_strbuf struct strbuf text = {0};

	for (size_t i = 0; i < asked->count; i++)
		strbuf_printf(&text, "%s%s", i ? " " : "", asked->addresses[i]);
	if (host)
		explain_say(question->out,
			    "%s in %s: %s, by extra_hosts: /etc/hosts is read before anybody is "
			    "asked",
			    question->name, question->asker->name, host);
	else if (asked->count)
		explain_say(question->out, "%s in %s: %s (%.1f ms)", question->name,
			    question->asker->name, strbuf_text(&text),
			    (double)asked->microseconds / 1000);
	else
		explain_problem(question->out, "%s in %s: %s", question->name,
				question->asker->name, no_address_text(asked->code));
}

static void say_answer(const struct question *question)
{
	const char *host = find_host(question);

	say_heading(question, host);
	if (question->from != question->asker)
		explain_say(question->out, "  it has the network of %s", question->from->name);
	say_links(question);
	for (size_t i = 0; i < question->asked.count; i++)
		say_owner(question, question->asked.addresses[i]);
	if (!host || question->asked.count > 0)
		say_holders(question);
}

/* Where there is no responder. Returns whether that is so. */
static bool say_no_responder(const struct question *question)
{
	const char *mode = question->from->config.network_mode;

	if (!container_is_live(question->from))
		explain_problem(question->out,
				"%s in %s: it is %s, and only in running containers there is "
				"anybody to ask",
				question->name, question->asker->name,
				explain_status(question->from, question->arena));
	else if (namespace_mode_is(mode, NAMESPACE_HOST))
		explain_problem(question->out,
				"%s in %s: it uses the host's network and the host's "
				"/etc/resolv.conf, where containers have no names; publish a port "
				"of the other one and use localhost",
				question->name, question->asker->name);
	else if (question->from->state.endpoint_count == 0)
		explain_problem(question->out,
				"%s in %s: it is on no network, so there is nobody to ask",
				question->name, question->asker->name);
	else
		return false;
	return true;
}

static int ask(struct question *question, struct error *err)
{
	auto_close int fd = netns_open(question->from->state.pid, err);
	struct error reason = {0};

	if (fd < 0)
		return -1;
	if (dns_ask(fd, question->name, &question->asked, question->arena, &reason) == 0) {
		say_answer(question);
		return 0;
	}
	if (reason.code != ETIMEDOUT && reason.code != ECONNREFUSED)
		return error_pass(err, &reason);
	explain_problem(question->out, "%s in %s: %s", question->name, question->asker->name,
			reason.text);
	explain_say(question->out,
		    "  its monitor answers there: 'coracle ps' gives it a new one if it has none");
	return 0;
}

int explain_name(struct engine *engine, const struct container *from, const char *name,
		 struct explanation *out, struct error *err)
{
	auto_arena struct arena arena = {0};
	struct namespace_mode mode = namespace_mode_parse(from->config.network_mode);
	struct container donor;
	struct question question = {
		.name = name, .asker = from, .from = from, .out = out, .arena = &arena};

	if (mode.kind == NAMESPACE_CONTAINER) {
		if (container_find(engine, mode.name, &donor, &arena, err) < 0)
			return -1;
		question.from = &donor;
	}
	if (say_no_responder(&question))
		return 0;
	if (container_list(engine, NULL, &question.all, &question.count, &arena, err) < 0)
		return -1;
	return ask(&question, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hosts.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "net/cidr.h"

#define STUB_ADDRESS "127.0.0.11"

static bool has_ipv6(const struct hosts_request *request)
{
	for (size_t i = 0; i < request->endpoint_count; i++)
		if (request->endpoints[i].ipv6)
			return true;
	return false;
}

/* The gateway of the container's default route, else of its first network: the host in any case. */
static const char *find_gateway(const struct hosts_request *request)
{
	const char *first = request->host_gateway;

	for (size_t i = 0; !first && i < request->endpoint_count; i++)
		if (request->endpoints[i].is_gateway4)
			first = request->endpoints[i].gateway4;
	for (size_t i = 0; !first && i < request->endpoint_count; i++)
		first = request->endpoints[i].gateway4 ? request->endpoints[i].gateway4
						       : request->endpoints[i].gateway6;
	return first;
}

static void add_own(struct strbuf *out, const struct hosts_request *request, const char *address)
{
	if (!address || !request->hostname)
		return;
	strbuf_printf(out, "%s\t", address);
	if (request->domainname && *request->domainname)
		strbuf_printf(out, "%s.%s ", request->hostname, request->domainname);
	strbuf_printf(out, "%s\n", request->hostname);
}

/* A line break in a name would be a line of its own. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text == 127 || *text == '#')
			return false;
	return true;
}

static void add_extra(struct strbuf *out, const char *entry, const char *gateway)
{
	const char *separator = strchr(entry, '=');
	const char *address = separator ? separator + 1 : NULL;
	auto_free char *name =
		separator ? alloc_string_n(entry, (size_t)(separator - entry)) : NULL;
	auto_free char *bare = NULL;

	if (!name || !is_plain(name) || !*name)
		return;
	if (strcmp(address, "host-gateway") == 0)
		address = gateway;
	if (!address || !is_plain(address))
		return;
	bare = alloc_string(address + (*address == '['));
	bare[strcspn(bare, "]")] = '\0';
	strbuf_printf(out, "%s\t%s\n", bare, name);
}

static bool is_defined(const struct hosts_request *request, const char *name)
{
	size_t length = strlen(name);

	for (char **entry = request->extra_hosts; entry && *entry; entry++)
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
			return true;
	return false;
}

static void add_loopback(struct strbuf *out, const struct hosts_request *request)
{
	strbuf_add(out, "127.0.0.1\tlocalhost");
	if (request->is_local)
		strbuf_printf(out, " %s", request->hostname);
	strbuf_add_char(out, '\n');
	if (request->is_local || has_ipv6(request))
		strbuf_add(out, "::1\tlocalhost ip6-localhost ip6-loopback\n"
				"fe00::\tip6-localnet\n"
				"ff00::\tip6-mcastprefix\n"
				"ff02::1\tip6-allnodes\n"
				"ff02::2\tip6-allrouters\n");
}

void hosts_format(struct strbuf *out, const struct hosts_request *request)
{
	static const char *const host_names[] = {"host.docker.internal",
						 "host.containers.internal"};
	const char *gateway = request->host_text ? "127.0.0.1" : find_gateway(request);

	if (request->host_text)
		strbuf_add(out, request->host_text);
	else
		add_loopback(out, request);
	if (out->length && out->text[out->length - 1] != '\n')
		strbuf_add_char(out, '\n');
	for (char **entry = request->extra_hosts; entry && *entry; entry++)
		add_extra(out, *entry, gateway);
	for (size_t i = 0; i < request->endpoint_count && !request->is_local; i++) {
		add_own(out, request, request->endpoints[i].ipv4);
		add_own(out, request, request->endpoints[i].ipv6);
	}
	for (size_t i = 0; gateway && i < array_length(host_names); i++)
		if (!is_defined(request, host_names[i]))
			strbuf_printf(out, "%s\t%s\n", gateway, host_names[i]);
}

static bool has_line(const char *text, const char *line, size_t length)
{
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strcspn(at, "\n") == length && memcmp(at, line, length) == 0)
			return true;
	return false;
}

/* Adds the lines of @text that are not among @without, unless they are in @but. */
static void add_lines(struct strbuf *out, const char *text, const char *without, const char *but)
{
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		size_t length = strcspn(at, "\n");

		if (has_line(without, at, length) && !has_line(but, at, length))
			continue;
		strbuf_add_n(out, at, length);
		strbuf_add_char(out, '\n');
	}
}

void hosts_edit(struct strbuf *text, const char *before, const char *after)
{
	auto_strbuf struct strbuf old = *text;

	*text = (struct strbuf){0};
	add_lines(text, strbuf_text(&old), before, after);
	add_lines(text, after, before, "");
}

/* The words of the host's lines that begin with @keyword; the last search line counts. */
static void collect(struct strvec *words, const char *text, const char *keyword, bool last_counts)
{
	auto_free char *copy = alloc_string(text ? text : "");
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *word = strsep(&line, " \t");

		if (strcmp(word, keyword) != 0)
			continue;
		if (last_counts)
			strvec_release(words);
		while ((word = strsep(&line, " \t\r"))) {
			if (*word == '#' || *word == ';')
				break;
			if (*word)
				strvec_add(words, word);
		}
	}
}

static void add_line(struct strbuf *out, const char *keyword, const struct strvec *words)
{
	if (words->count == 0)
		return;
	strbuf_add(out, keyword);
	for (size_t i = 0; i < words->count; i++)
		if (is_plain(words->items[i]))
			strbuf_printf(out, " %s", words->items[i]);
	strbuf_add_char(out, '\n');
}

static bool has_any(char *const *items)
{
	return items && *items;
}

static void add_servers(struct strbuf *out, const struct resolv_request *request)
{
	auto_strvec struct strvec servers = {0};

	if (request->is_embedded) {
		strbuf_add(out, "nameserver " STUB_ADDRESS "\n");
		return;
	}
	if (has_any(request->servers))
		strvec_add_all(&servers, request->servers);
	else
		collect(&servers, request->host_text, "nameserver", false);
	for (size_t i = 0; i < servers.count; i++)
		if (is_plain(servers.items[i]))
			strbuf_printf(out, "nameserver %s\n", servers.items[i]);
}

static bool has_ndots(const struct strvec *options)
{
	for (size_t i = 0; i < options->count; i++)
		if (strncmp(options->items[i], "ndots:", 6) == 0)
			return true;
	return false;
}

void hosts_format_resolv(struct strbuf *out, const struct resolv_request *request)
{
	auto_strvec struct strvec search = {0}, options = {0};

	add_servers(out, request);
	if (has_any(request->search))
		strvec_add_all(&search, request->search);
	else
		collect(&search, request->host_text, "search", true);
	if (search.count == 1 && strcmp(search.items[0], ".") == 0)
		strvec_release(&search);
	add_line(out, "search", &search);
	if (has_any(request->options))
		strvec_add_all(&options, request->options);
	else
		collect(&options, request->host_text, "options", false);
	if (request->is_embedded && !has_ndots(&options))
		strvec_add(&options, "ndots:0");
	add_line(out, "options", &options);
}

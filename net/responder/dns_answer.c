/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder/dns_answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define TTL	    5 /* seconds: replicas come and go */
#define MATCH_LIMIT 256

struct matches {
	struct dns_match items[MATCH_LIMIT];
	size_t count;
};

size_t dns_answer_code(const struct dns_question *question, const uint8_t *message, uint8_t *buffer,
		       enum dns_code code)
{
	struct dns_reply reply;

	dns_message_start(&reply, buffer, DNS_UDP_MINIMUM, question, message);
	return dns_message_finish(&reply, question, code);
}

/* xorshift: the order of addresses is no secret. */
static uint32_t next_random(struct dns_resolver *resolver)
{
	resolver->random ^= resolver->random << 13;
	resolver->random ^= resolver->random >> 17;
	resolver->random ^= resolver->random << 5;
	return resolver->random;
}

/* Keeps those of the asker's project when there are any. */
static bool prefer_project(struct matches *matches, const char *project)
{
	size_t kept = 0;

	for (size_t i = 0; project && i < matches->count; i++)
		if (strcmp(matches->items[i].project, project) == 0)
			matches->items[kept++] = matches->items[i];
	if (kept > 0)
		matches->count = kept;
	return kept > 0;
}

/* "NAME.NETWORK" is NAME when @view is that network: returns how long NAME is, or 0. */
static size_t qualified_length(const struct dns_view *view, const char *name, size_t length)
{
	size_t network = strlen(view->network);

	if (length < network + 2 || name[length - network - 1] != '.' ||
	    strncasecmp(name + length - network, view->network, network) != 0)
		return 0;
	return length - network - 1;
}

static bool has_type(const struct matches *matches, uint16_t type)
{
	for (size_t i = 0; i < matches->count; i++)
		if ((type == DNS_TYPE_A && matches->items[i].has_ipv4) ||
		    (type == DNS_TYPE_AAAA && matches->items[i].has_ipv6) || type == DNS_TYPE_ANY)
			return true;
	return false;
}

static void find_in(const struct dns_view *view, const char *name, size_t length,
		    struct matches *matches)
{
	size_t short_length = qualified_length(view, name, length);

	matches->count = dns_view_find(view, name, length, matches->items, MATCH_LIMIT);
	if (matches->count == 0 && short_length > 0)
		matches->count =
			dns_view_find(view, name, short_length, matches->items, MATCH_LIMIT);
}

/* The first network that knows the name answers; one that knows it from the asker's own project
 * comes before all others, one with an address of the right family before one without. Returns
 * whether the name is known at all. */
static bool find_name(struct dns_resolver *resolver, const char *name, size_t length, uint16_t type,
		      struct matches *best)
{
	int best_rank = 0;

	best->count = 0;
	for (size_t i = 0; i < resolver->count && best_rank < 4; i++) {
		struct matches found;
		int rank;

		find_in(&resolver->views[i], name, length, &found);
		if (found.count == 0)
			continue;
		rank = prefer_project(&found, resolver->project) ? 2 : 0;
		rank += has_type(&found, type) ? 2 : 1;
		if (rank <= best_rank)
			continue;
		best_rank = rank;
		best->count = found.count;
		memcpy(best->items, found.items, found.count * sizeof(*found.items));
	}
	return best_rank > 0;
}

static const char *find_link(const struct dns_resolver *resolver,
			     const struct dns_question *question)
{
	for (char **link = resolver->links; link && *link; link++)
		if (strncasecmp(*link, question->name, question->name_length) == 0 &&
		    (*link)[question->name_length] == '=')
			return *link + question->name_length + 1;
	return NULL;
}

static void add_addresses(struct dns_reply *reply, const struct matches *matches, uint16_t type,
			  uint32_t first)
{
	for (size_t i = 0; i < matches->count; i++) {
		const struct dns_match *match = &matches->items[(first + i) % matches->count];

		if (match->has_ipv4 && (type == DNS_TYPE_A || type == DNS_TYPE_ANY))
			dns_message_add_address(reply, DNS_TYPE_A, &match->ipv4, 4, TTL);
		if (match->has_ipv6 && (type == DNS_TYPE_AAAA || type == DNS_TYPE_ANY))
			dns_message_add_address(reply, DNS_TYPE_AAAA, &match->ipv6, 16, TTL);
	}
}

/* Addresses inside a network of ours are nobody else's business: unknown ones do not exist. */
static size_t answer_reverse(struct dns_resolver *resolver, const struct dns_question *question,
			     const uint8_t *message, uint8_t *buffer, size_t limit)
{
	uint8_t address[16];
	int family = dns_message_parse_reverse(address, question->name);
	bool is_ours = false;
	struct dns_reply reply;

	for (size_t i = 0; family && i < resolver->count; i++) {
		const struct dns_view *view = &resolver->views[i];
		char name[DNS_NAME_SIZE];
		bool is_inside;
		const char *found = dns_view_reverse(view, family, address, &is_inside);

		is_ours |= is_inside;
		if (!found)
			continue;
		snprintf(name, sizeof(name), "%.*s.%s", (int)(sizeof(name) / 2), found,
			 view->network);
		dns_message_start(&reply, buffer, limit, question, message);
		dns_message_add_name(&reply, name, TTL);
		return dns_message_finish(&reply, question, DNS_CODE_OK);
	}
	return is_ours ? dns_answer_code(question, message, buffer, DNS_CODE_NO_NAME) : 0;
}

size_t dns_answer(struct dns_resolver *resolver, const struct dns_question *question,
		  const uint8_t *message, uint8_t *buffer, size_t limit)
{
	const char *name = question->name;
	size_t length = question->name_length;
	const char *target = find_link(resolver, question);
	struct dns_reply reply;
	struct matches matches;

	if (question->class != 1 || length == 0)
		return 0;
	for (size_t i = 0; i < resolver->count; i++)
		dns_view_refresh(&resolver->views[i]);
	if (question->type == DNS_TYPE_PTR)
		return answer_reverse(resolver, question, message, buffer, limit);
	if (target) {
		name = target;
		length = strlen(target);
	}
	if (!find_name(resolver, name, length, question->type, &matches))
		return 0;
	/* A known name without such data has none anywhere: an empty answer, never "no such name",
	 * which some resolvers take to hold for all types. */
	dns_message_start(&reply, buffer, limit, question, message);
	add_addresses(&reply, &matches, question->type,
		      matches.count > 1 ? next_random(resolver) % (uint32_t)matches.count : 0);
	return dns_message_finish(&reply, question, DNS_CODE_OK);
}

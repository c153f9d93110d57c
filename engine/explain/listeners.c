/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/explain/listeners.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/strbuf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TABLE_LIMIT ((size_t)16 << 20)
/* How a socket stands that waits. */
#define TCP_LISTENING 10
#define UDP_UNBOUND   7

static const char *const tables[][2] = {
	{"tcp", "tcp"}, {"tcp6", "tcp"}, {"udp", "udp"}, {"udp6", "udp"}};

/* The kernel prints an address as words in the order of this machine. */
static bool parse_address(const char *text, struct in6_addr *address, bool *is_ipv6)
{
	uint32_t words[4] = {0};
	size_t digits = strspn(text, "0123456789ABCDEF"), count = digits / 8;

	if ((digits != 8 && digits != 32) || text[digits] != ':')
		return false;
	for (size_t i = 0; i < count; i++)
		if (sscanf(text + i * 8, "%8x", &words[i]) != 1)
			return false;
	memcpy(address, words, sizeof(*address));
	*is_ipv6 = digits == 32;
	return true;
}

static const uint8_t *ipv4_of(const struct in6_addr *address, bool is_ipv6)
{
	if (!is_ipv6)
		return address->s6_addr;
	return IN6_IS_ADDR_V4MAPPED(address) ? address->s6_addr + 12 : NULL;
}

static void take_line(struct listeners *listeners, const char *protocol, const char *line)
{
	char local[48], remote[48];
	unsigned state, port, peer;
	struct in6_addr address;
	const uint8_t *ipv4;
	bool is_ipv6;

	if (sscanf(line, " %*u: %47s %47s %x", local, remote, &state) != 3 ||
	    state != (protocol[0] == 't' ? TCP_LISTENING : UDP_UNBOUND) ||
	    !parse_address(local, &address, &is_ipv6) ||
	    sscanf(strchr(local, ':'), ":%x", &port) != 1 ||
	    sscanf(remote, "%*[0-9A-F]:%x", &peer) != 1 || peer != 0)
		return;
	ipv4 = ipv4_of(&address, is_ipv6);
	if (ipv4 && memcmp(ipv4, (uint8_t[]){127, 0, 0, 11}, 4) == 0)
		return;
	listeners->items = arena_grow(listeners->arena, listeners->items, listeners->count,
				      sizeof(*listeners->items));
	listeners->items[listeners->count++] = (struct listener){
		protocol, port, ipv4 ? ipv4[0] == 127 : IN6_IS_ADDR_LOOPBACK(&address)};
}

void listeners_parse(struct listeners *listeners, const char *protocol, const char *text)
{
	const char *line = strchr(text, '\n'); /* the first one is the heading */

	for (; line && line[1]; line = strchr(line + 1, '\n'))
		take_line(listeners, protocol, line + 1);
}

void listeners_read(struct listeners *listeners, pid_t pid, struct arena *arena)
{
	*listeners = (struct listeners){.arena = arena};
	for (size_t i = 0; i < array_length(tables); i++) {
		auto_strbuf struct strbuf text = {0};
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, tables[i][0]);
		if (file_read(AT_FDCWD, path, TABLE_LIMIT, &text, NULL) == 0)
			listeners_parse(listeners, tables[i][1], strbuf_text(&text));
	}
}

const struct listener *listeners_find(const struct listeners *listeners, const char *protocol,
				      unsigned port)
{
	const struct listener *found = NULL;

	for (size_t i = 0; i < listeners->count; i++) {
		const struct listener *listener = &listeners->items[i];

		if (listener->port != port || strcmp(listener->protocol, protocol) != 0)
			continue;
		if (!listener->is_loopback)
			return listener;
		found = listener;
	}
	return found;
}

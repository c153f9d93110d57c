/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port_text.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include "net/cidr.h"
#include "net/ports.h"

#include <ctype.h>
#include <string.h>

/* What stands behind the last @mark, which ends the text before it. */
static char *cut_last(char *text, char mark)
{
	char *found = strrchr(text, mark);

	if (!found)
		return NULL;
	*found = '\0';
	return found + 1;
}

static bool parse_range(struct port_range *range, const char *text)
{
	auto_free char *copy = alloc_string(text);
	char *dash = strchr(copy, '-');
	int64_t first, last;

	if (dash)
		*dash++ = '\0';
	if (units_parse_int(&first, copy, 0, 65535, NULL) < 0 ||
	    units_parse_int(&last, dash ? dash : copy, 0, 65535, NULL) < 0 || last < first)
		return false;
	*range = (struct port_range){(unsigned)first, (unsigned)last};
	return true;
}

/* An IPv6 address has more colons, so the parts are cut off from the end. */
static char *cut_host(struct port_text *port, char *rest)
{
	char *target = cut_last(rest, ':'), *host;

	if (!target)
		return NULL;
	host = cut_last(rest, ':');
	port->host_ip = host && *rest ? rest : NULL;
	if (port->host_ip && *rest == '[' && rest[strlen(rest) - 1] == ']') {
		rest[strlen(rest) - 1] = '\0';
		port->host_ip++;
	}
	return host ? host : rest;
}

int port_text_parse(struct port_text *port, const char *text, struct arena *arena,
		    struct error *err)
{
	char *copy = arena_string(arena, text), *colon = strrchr(copy, ':'), *protocol;
	const char *target = colon ? colon + 1 : copy, *host;

	*port = (struct port_text){0};
	host = cut_host(port, copy);
	protocol = cut_last(colon ? colon + 1 : copy, '/');
	for (char *p = protocol; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	port->protocol = protocol;
	if (!parse_range(&port->target, target) || port->target.first == 0)
		return error_set(err, ERROR_INVALID,
				 "invalid container port '%s' in '%s'; 1 to 65535 or a range",
				 target, text);
	port->has_host = host && *host;
	if (!port->has_host)
		return 0;
	if (!parse_range(&port->host, host))
		return error_set(err, ERROR_INVALID,
				 "invalid published port '%s' in '%s'; a port up to 65535 or a "
				 "range, as in '[[IP:]HOST:]CONTAINER[/PROTOCOL]', with brackets "
				 "around an IPv6 address",
				 host, text);
	if (port->target.first != port->target.last &&
	    port->host.last - port->host.first != port->target.last - port->target.first)
		return error_set(err, ERROR_INVALID, "the ranges of '%s' differ in length", text);
	return 0;
}

struct port_range port_text_host(const struct port_text *port, unsigned index)
{
	unsigned one = port->host.first + index;

	if (port->host.last == 0 || port->target.first == port->target.last)
		return port->host;
	return (struct port_range){one, one};
}

bool port_text_is_protocol(const char *protocol)
{
	return !protocol || strcmp(protocol, "tcp") == 0 || strcmp(protocol, "udp") == 0 ||
	       strcmp(protocol, "sctp") == 0;
}

int port_text_add(struct port_request **ports, size_t *count, const char *text, struct arena *arena,
		  struct error *err)
{
	struct port_text port;
	struct cidr address;

	if (port_text_parse(&port, text, arena, err) < 0)
		return -1;
	if (port.host_ip && !cidr_parse_address(&address, port.host_ip))
		return error_set(err, ERROR_INVALID,
				 "invalid IP address '%s' in '%s'; "
				 "[[IP:]HOST:]CONTAINER[/PROTOCOL], with brackets around an IPv6 "
				 "address",
				 port.host_ip, text);
	if (!port_text_is_protocol(port.protocol))
		return error_set(err, ERROR_INVALID,
				 "the protocol of port '%s' must be tcp, udp or sctp", text);
	for (unsigned i = 0; i <= port.target.last - port.target.first; i++) {
		struct port_range host = port_text_host(&port, i);

		*ports = arena_grow(arena, *ports, *count, sizeof(**ports));
		(*ports)[(*count)++] = (struct port_request){
			.protocol = port.protocol ? port.protocol : "tcp",
			.host_ip = port.host_ip,
			.host_port = (uint16_t)host.first,
			.host_port_last = host.last > host.first ? (uint16_t)host.last : 0,
			.container_port = (uint16_t)(port.target.first + i),
		};
	}
	return 0;
}

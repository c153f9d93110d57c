/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/expose.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"

struct range {
	int64_t first, last;
};

static int parse_range(struct range *range, const char *text, const char *what, struct error *err)
{
	auto_free char *first = alloc_string(text);
	char *dash = strchr(first, '-');

	if (dash)
		*dash = '\0';
	if (units_parse_int(&range->first, first, 0, 65535, NULL) < 0 ||
	    units_parse_int(&range->last, dash ? dash + 1 : first, 0, 65535, NULL) < 0 ||
	    range->last < range->first)
		return error_set(err, ERROR_INVALID,
				 "invalid %s: %s: want a number or a range up to 65535", what,
				 text);
	return 0;
}

static const char *find_protocol(const char *text)
{
	static const char *const protocols[] = {"tcp", "udp", "sctp"};

	for (size_t i = 0; i < array_length(protocols); i++)
		if (strcasecmp(text, protocols[i]) == 0)
			return protocols[i];
	return NULL;
}

static int check_address(char *text, struct error *err)
{
	unsigned char address[16];
	size_t length = strlen(text);

	if (text[0] == '[' && text[length - 1] == ']') {
		text[length - 1] = '\0';
		text++;
	}
	if (*text && inet_pton(AF_INET, text, address) != 1 &&
	    inet_pton(AF_INET6, text, address) != 1)
		return error_set(err, ERROR_INVALID, "invalid IP address: %s", text);
	return 0;
}

/* "IP:8000-8001" of the host. */
static int check_host(char *text, const struct range *ports, struct error *err)
{
	char *colon = strrchr(text, ':');
	const char *port = colon ? colon + 1 : text;
	struct range host;

	if (colon)
		*colon = '\0';
	if (colon && check_address(text, err) < 0)
		return -1;
	if (!*port)
		return 0;
	if (parse_range(&host, port, "hostPort", err) < 0)
		return -1;
	if (host.last - host.first != ports->last - ports->first && ports->first != ports->last)
		return error_set(err, ERROR_INVALID,
				 "the ranges of the host's and the container's ports differ in "
				 "length");
	return 0;
}

static void add_ports(struct strvec *ports, const struct range *range, const char *protocol)
{
	for (int64_t port = range->first; port <= range->last; port++) {
		char text[32];

		snprintf(text, sizeof(text), "%" PRId64 "/%s", port, protocol);
		if (!strvec_contains(ports, text))
			strvec_add(ports, text);
	}
}

int expose_parse(struct strvec *ports, const char *text, struct error *err)
{
	auto_free char *copy = alloc_string(text);
	char *colon = strrchr(copy, ':');
	char *port = colon ? colon + 1 : copy;
	char *slash = strchr(port, '/');
	const char *protocol = slash && slash[1] ? find_protocol(slash + 1) : "tcp";
	struct range range;

	if (slash)
		*slash = '\0';
	if (colon)
		*colon = '\0';
	if (!protocol)
		return error_set(err, ERROR_INVALID, "invalid port: \"%s\": invalid proto: %s",
				 text, slash + 1);
	if (parse_range(&range, port, "containerPort", err) < 0 ||
	    (colon && check_host(copy, &range, err) < 0))
		return error_wrap(err, "invalid port: \"%s\"", text);
	add_ports(ports, &range, protocol);
	return 0;
}

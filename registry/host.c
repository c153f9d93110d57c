/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/host.h"

#include "base/error.h"
#include "base/strvec.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* An address or network: IPv4 as its IPv4-mapped IPv6 address. */
struct network {
	unsigned char bytes[16];
	unsigned bits;
};

static bool parse_address(struct network *network, const char *text)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

	network->bits = 128;
	if (inet_pton(AF_INET6, text, network->bytes) == 1)
		return true;
	memcpy(network->bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, network->bytes + 12) == 1;
}

static bool contains(const struct network *network, const struct network *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->bytes, address->bytes, whole) != 0)
		return false;
	return rest == 0 || ((network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

static bool parse_network(struct network *network, const char *text)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN + 1];
	uint64_t bits;
	bool is_ipv4;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	is_ipv4 = !strchr(address, ':');
	if (!parse_address(network, address) || units_parse_u64(&bits, slash + 1, NULL) < 0 ||
	    bits > (is_ipv4 ? 32 : 128))
		return false;
	network->bits = (unsigned)bits + (is_ipv4 ? 96 : 0);
	return true;
}

static bool is_in_any(const struct network *address, const char *const *networks)
{
	struct network network;

	for (; *networks; networks++)
		if (parse_network(&network, *networks) && contains(&network, address))
			return true;
	return false;
}

static const char *const loopback[] = {"127.0.0.0/8", "::1/128", NULL};
static const char *const local[] = {
	"127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10", "0.0.0.0/8", "::/128", NULL};

static bool is_localhost(const char *name)
{
	size_t length = strlen(name), suffix = strlen(".localhost");

	if (length > 0 && name[length - 1] == '.')
		length--;
	if (length == strlen("localhost"))
		return strncasecmp(name, "localhost", length) == 0;
	return length > suffix && strncasecmp(name + length - suffix, ".localhost", suffix) == 0;
}

bool host_is_loopback(const char *name)
{
	struct network address;

	return is_localhost(name) ||
	       (parse_address(&address, name) && is_in_any(&address, loopback));
}

bool host_is_local(const char *name)
{
	struct network address;

	return is_localhost(name) || (parse_address(&address, name) && is_in_any(&address, local));
}

bool host_address_is_local(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];

	if (address->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text,
			  sizeof(text));
	else if (address->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text,
			  sizeof(text));
	else
		return true;
	return host_is_local(text);
}

static bool parse_port(uint16_t *port, const char *text)
{
	uint64_t value;

	if (units_parse_u64(&value, text, NULL) < 0 || value == 0 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool split_address(const char *host, char name[HOST_SIZE], uint16_t *port)
{
	const char *end = strchr(host, ']');
	struct network address;

	if (!end || (size_t)(end - host) > HOST_SIZE)
		return false;
	snprintf(name, HOST_SIZE, "%.*s", (int)(end - host - 1), host + 1);
	if (!strchr(name, ':') || !parse_address(&address, name))
		return false;
	return end[1] == '\0' || (end[1] == ':' && parse_port(port, end + 2));
}

bool host_split(const char *host, char name[HOST_SIZE], uint16_t *port)
{
	size_t length = strcspn(host, ":");

	*port = 0;
	if (host[0] == '[')
		return split_address(host, name, port);
	if (length == 0 || length >= HOST_SIZE || !isalnum((unsigned char)host[0]))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!isalnum((unsigned char)host[i]) && !strchr("._-", host[i]))
			return false;
		name[i] = (char)tolower((unsigned char)host[i]);
	}
	name[length] = '\0';
	return host[length] == '\0' || parse_port(port, host + length + 1);
}

int host_check(const char *host, struct error *err)
{
	char name[HOST_SIZE];
	uint16_t port;

	if (!host_split(host, name, &port))
		return error_set(err, ERROR_INVALID,
				 "'%.64s' is no registry: use HOST or HOST:PORT, such as "
				 "'localhost:5000'",
				 host);
	return 0;
}

static bool is_entry(const char *entry, const char *host)
{
	char name[HOST_SIZE], entry_name[HOST_SIZE];
	struct network network, address;
	uint16_t port, entry_port;

	if (!host_split(host, name, &port))
		return false;
	if (parse_network(&network, entry))
		return parse_address(&address, name) && contains(&network, &address);
	return host_split(entry, entry_name, &entry_port) && strcmp(name, entry_name) == 0 &&
	       port == entry_port;
}

bool host_is_listed(const char *host, const struct strvec *list)
{
	strvec_each (entry, list)
		if (is_entry(*entry, host))
			return true;
	return false;
}

bool host_is_list_entry(const char *entry)
{
	char name[HOST_SIZE];
	struct network network;
	uint16_t port;

	return parse_network(&network, entry) || host_split(entry, name, &port);
}

const char *host_api(const char *host)
{
	return strcmp(host, HOST_DEFAULT) == 0 ? HOST_DEFAULT_API : host;
}

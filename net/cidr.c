/* SPDX-License-Identifier: Apache-2.0 */
#include "net/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"

unsigned cidr_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

size_t cidr_to_bytes(uint8_t *out, int family, ip_number address)
{
	size_t length = cidr_bits(family) / 8;

	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(address >> (8 * (length - 1 - i)));
	return length;
}

ip_number cidr_from_bytes(const uint8_t *bytes, int family)
{
	size_t length = cidr_bits(family) / 8;
	ip_number address = 0;

	for (size_t i = 0; i < length; i++)
		address = address << 8 | bytes[i];
	return address;
}

bool cidr_parse_address(struct cidr *cidr, const char *text)
{
	int family = text && strchr(text, ':') ? AF_INET6 : AF_INET;
	uint8_t bytes[16];

	if (!text || inet_pton(family, text, bytes) != 1)
		return false;
	*cidr = (struct cidr){
		.family = family,
		.address = cidr_from_bytes(bytes, family),
		.prefix = cidr_bits(family),
	};
	return true;
}

int cidr_parse(struct cidr *cidr, const char *text, struct error *err)
{
	const char *slash = strchr(text, '/');
	char address[CIDR_TEXT_SIZE];
	uint64_t prefix;
	int length = slash ? (int)(slash - text) : (int)strlen(text);

	if (length >= (int)sizeof(address))
		return error_set(err, ERROR_INVALID, "'%s' is not an address", text);
	snprintf(address, sizeof(address), "%.*s", length, text);
	if (!cidr_parse_address(cidr, address))
		return error_set(err, ERROR_INVALID,
				 "'%s' is not an address (expected, for example, 172.18.0.0/16)",
				 text);
	if (!slash)
		return 0;
	if (units_parse_u64(&prefix, slash + 1, NULL) < 0 || prefix > cidr_bits(cidr->family))
		return error_set(err, ERROR_INVALID, "'%s' has no prefix length from 0 to %u", text,
				 cidr_bits(cidr->family));
	cidr->prefix = (unsigned)prefix;
	return 0;
}

char *cidr_format_address(char out[CIDR_TEXT_SIZE], int family, ip_number address)
{
	uint8_t bytes[16];

	cidr_to_bytes(bytes, family, address);
	inet_ntop(family, bytes, out, CIDR_TEXT_SIZE);
	return out;
}

char *cidr_format(char out[CIDR_TEXT_SIZE], const struct cidr *cidr)
{
	size_t length = strlen(cidr_format_address(out, cidr->family, cidr->address));

	snprintf(out + length, CIDR_TEXT_SIZE - length, "/%u", cidr->prefix);
	return out;
}

static ip_number host_mask(const struct cidr *cidr)
{
	unsigned host_bits = cidr_bits(cidr->family) - cidr->prefix;

	return host_bits == 128 ? ~(ip_number)0 : ((ip_number)1 << host_bits) - 1;
}

ip_number cidr_first(const struct cidr *cidr)
{
	return cidr->address & ~host_mask(cidr);
}

ip_number cidr_last(const struct cidr *cidr)
{
	return cidr->address | host_mask(cidr);
}

bool cidr_contains(const struct cidr *cidr, int family, ip_number address)
{
	return cidr->family == family && address >= cidr_first(cidr) && address <= cidr_last(cidr);
}

bool cidr_overlaps(const struct cidr *a, const struct cidr *b)
{
	return a->family == b->family && cidr_first(a) <= cidr_last(b) &&
	       cidr_first(b) <= cidr_last(a);
}

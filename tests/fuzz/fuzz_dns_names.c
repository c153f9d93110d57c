/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mapped table as a reader sees it: damaged in any way, it is at worst empty.
 */
#include "net/responder/dns_view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_match matches[16];
	struct dns_view view;
	bool is_inside;
	uint8_t *copy = malloc(size + 1); /* aligned as a mapping would be */

	memcpy(copy, data, size);
	dns_view_from_bytes(&view, copy, size);
	for (size_t length = 0; length <= size && length < 16; length++)
		dns_view_find(&view, (const char *)copy + size - length, length, matches, 16);
	dns_view_find(&view, "web", 3, matches, 16);
	dns_view_find(&view, "a", 1, matches, 16);
	for (int i = 0; i < 2; i++) {
		const char *name = dns_view_reverse(
			&view, i ? AF_INET6 : AF_INET,
			(const uint8_t *)"\254\22\0\2\0\0\0\0\0\0\0\0\0\0\0\0", &is_inside);

		if (name && strlen(name) > size)
			abort();
	}
	free(copy);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nss.h"

#ifdef CORACLE_STATIC
#include "base/cleanup.h"

#include <nss.h>
#include <stddef.h>

struct database {
	const char *name, *sources;
};

static const struct database built_in[] = {
	{"hosts", "files dns"}, {"networks", "files"}, {"passwd", "files"},
	{"group", "files"},	{"services", "files"}, {"protocols", "files"},
};

void nss_prepare(void)
{
	for (size_t i = 0; i < array_length(built_in); i++)
		__nss_configure_lookup(built_in[i].name, built_in[i].sources);
}
#else
void nss_prepare(void)
{
}
#endif

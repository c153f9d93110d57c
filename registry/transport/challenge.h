/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/challenge.h - WWW-Authenticate (RFC 9110, 11.6.1), as registries write it;
 * pure.
 */
#pragma once

#include <stdbool.h>

/* Of all headers of one answer: a zeroed struct, then challenge_add for each. */
struct challenge {
	bool has_basic, has_bearer;
	/* of the first Bearer challenge with a realm */
	char realm[2048];
	char service[512];
	char scope[1024];
	char error[128];
};

/* Several challenges in one value are fine. What is not understood or too long is left out. */
void challenge_add(struct challenge *challenge, const char *value);

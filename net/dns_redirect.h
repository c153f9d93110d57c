/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net/dns_redirect.h - brings 127.0.0.11:53 of a container to the port where the responder sits.
 */
#pragma once

struct error;

/* An address and a port that no application binds: privileged, and assigned to nothing. */
#define DNS_REDIRECT_ADDRESS 0x7f00000b /* 127.0.0.11 */
#define DNS_REDIRECT_PORT    61

/* Installs the rules in the caller's network namespace; replaces what is there. */
int dns_redirect_install(struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/host.h - the host part of an image's name: "docker.io", "localhost:5000", "[::1]:5000".
 *
 * Pure. Names are compared as they stand; nothing is looked up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strvec;

/* What a name without a host means, where its API is, and the name that credentials of it have. */
#define HOST_DEFAULT	     "docker.io"
#define HOST_DEFAULT_API     "registry-1.docker.io"
#define HOST_DEFAULT_ACCOUNT "https://index.docker.io/v1/"

#define HOST_SIZE 256

/* "HOST[:PORT]" of letters, digits, '.', '-', '_' or an IPv6 address in brackets. ERROR_INVALID. */
int host_check(const char *host, struct error *err);
/* Splits into name (without brackets, lower case) and port (0: none). False: not of this form. */
bool host_split(const char *host, char name[HOST_SIZE], uint16_t *port);
/* localhost, 127.0.0.0/8, ::1: this machine. @name as host_split gives it. */
bool host_is_loopback(const char *name);
/* Loopback, link-local (169.254.0.0/16, fe80::/10) or unspecified: no other host may lead us there.
 */
bool host_is_local(const char *name);
/* The same for an address as connect(2) takes it. */
struct sockaddr;
bool host_address_is_local(const struct sockaddr *address);
/* Is @host ("HOST[:PORT]") named by a list of "HOST", "HOST:PORT", "ADDRESS" and "NETWORK/BITS"? */
bool host_is_listed(const char *host, const struct strvec *list);
/* Is this "HOST[:PORT]" or "NETWORK/BITS"? */
bool host_is_list_entry(const char *entry);
/* The host whose API serves images of @host. */
const char *host_api(const char *host);

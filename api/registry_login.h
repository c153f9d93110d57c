/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/registry_login.h - logins for registries, as clients send them in headers. They are this
 * process's alone (a job's), and never stored or told.
 */
#pragma once

struct request;

/* X-Registry-Auth: for this registry. What cannot be read is no login. */
void registry_login_lend(const struct request *request, const char *host);
/* X-Registry-Config: for all that it names. */
void registry_login_lend_all(const struct request *request);

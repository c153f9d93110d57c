/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder/ssh_keys.h - private keys that a build may use: each has an agent of its own, so that no
 * step ever sees a key.
 */
#pragma once

struct build;
struct error;

/* Starts the host's ssh-agent for every --ssh that names key files, with these keys alone; from
 * then on the request names its socket. ERROR_UNSUPPORTED: there is no ssh-agent here. */
int ssh_keys_open(struct build *build, struct error *err);
/* Ends them. */
void ssh_keys_close(struct build *build);

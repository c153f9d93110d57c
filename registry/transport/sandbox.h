/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/sandbox.h - the transport gives up everything that it does not need.
 */
#pragma once

struct error;

/* Nobody's user and group, no capabilities, no new ones, own session, no files to write, few to
 * read (Landlock, where the kernel has it), few system calls (seccomp). Not to be undone. To be
 * called before anything is received from the network. */
int sandbox_enter(struct error *err);

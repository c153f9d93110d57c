/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/join.h - the calling process joins namespaces of another: on the child's side of a fork.
 */
#pragma once

struct error;

/* Those of @flags (CLONE_NEW…) of the process behind the pidfd. The pid namespace counts for the
 * next clone. */
int join_namespaces(int pidfd, int flags, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime/known.h - door: the words of the OCI runtime specification that this runtime knows, out
 * of the tables that it reads them by: what `features` tells.
 */
#pragma once

struct strvec;

enum known_words {
	KNOWN_HOOKS,
	KNOWN_NAMESPACES,
	KNOWN_MOUNT_OPTIONS,
	KNOWN_SECCOMP_ACTIONS,
	KNOWN_SECCOMP_OPERATORS,
	KNOWN_SECCOMP_ARCHES,
	KNOWN_SECCOMP_FLAGS,
};

/* Appends them, in the order of the alphabet. */
void known_words(struct strvec *out, enum known_words which);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/oci/oci_words.h - what commands of the OCI command line share.
 */
#pragma once

#include "cli/command.h"

#include <stddef.h>

struct oci_create_request;

/* The part of a command's options that create and run have in common: its first member. */
struct oci_bundle_options {
	const char *bundle, *pid_file, *console_socket;
	int preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper;
};

#define OCI_BUNDLE_OPTIONS                                                                         \
	OPTION(STRING, "bundle", 'b', oci_bundle_options, bundle,                                  \
	       "Take config.json and what it names from this directory", .value = "DIRECTORY",     \
	       .fallback = "the current one"),                                                     \
		OPTION(STRING, "console-socket", 0, oci_bundle_options, console_socket,            \
		       "Send the terminal to who listens there", .value = "SOCKET"),               \
		OPTION(BOOL, "no-new-keyring", 0, oci_bundle_options, no_new_keyring,              \
		       "Let the container have the caller's session keys"),                        \
		OPTION(BOOL, "no-pivot", 0, oci_bundle_options, no_pivot,                          \
		       "Change the root without pivot_root, as above an initramfs"),               \
		OPTION(BOOL, "no-subreaper", 0, oci_bundle_options, no_subreaper,                  \
		       "Do not become the parent of orphans, which this never does"),              \
		OPTION(STRING, "pid-file", 0, oci_bundle_options, pid_file,                        \
		       "Write the process number into this file", .value = "FILE"),                \
		OPTION(INT, "preserve-fds", 0, oci_bundle_options, preserve_fds,                   \
		       "Pass on so many descriptors behind standard error", .fallback = "0")

/* An absolute path, in the arena; NULL stays NULL. */
const char *oci_path(struct invocation *invocation, const char *path);
/* Is @count possible, and are those descriptors there? */
int oci_check_preserved(int count, struct error *err);
/* From oci_bundle_options, the first argument and the global options. */
int oci_fill_create(struct oci_create_request *request, struct invocation *invocation,
		    struct error *err);
/* Prints a document as it is, indented. */
void oci_print(const struct json_object *document);
/* A signal's name or number; 0 is one, too. */
int oci_signal(int *number, const char *text, struct error *err);

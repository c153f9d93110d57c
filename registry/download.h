/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/download.h - door: a file by an http or https URL, through the transport.
 *
 * As with registries, nothing is trusted that comes back: the digest is computed on this side, and
 * a name is what may be the name of a file or nothing. The user's logins of registries are not
 * shown.
 */
#pragma once

#include "base/digest.h"

#include <stdbool.h>
#include <stdint.h>

struct error;

#define DOWNLOAD_NAME_SIZE 256
#define DOWNLOAD_LIMIT	   ((int64_t)16 << 30)

struct download_request {
	const char *transport; /* path of the executable */
	const char *url;       /* a user in it is shown to its server, never in a message */
	int64_t limit;	       /* bytes; 0: DOWNLOAD_LIMIT */
	const char *validator; /* of an earlier download: if it is right nothing more comes; NULL */
	int fd;		       /* a regular file, which gets the content and nothing else */
};
struct download {
	char hex[DIGEST_HEX_SIZE];
	int64_t size;
	int64_t modified_s;		    /* since the epoch; -1: the server does not say */
	bool is_unchanged;		    /* the validator is right; nothing else is filled in */
	char validator[DOWNLOAD_NAME_SIZE]; /* to ask again with; "": there is none */
	char name[DOWNLOAD_NAME_SIZE];	    /* that the URL has, else that the server says; or "" */
};
/* ERROR_NOT_FOUND, ERROR_DENIED, ERROR_TIMEOUT; ERROR_INVALID: not a URL. */
int download_run(struct download *download, const struct download_request *request,
		 struct error *err);

/* What stands behind the last slash, if that can be a name of a file; else "". */
void download_clean_name(char name[DOWNLOAD_NAME_SIZE], const char *text);
/* The name in a URL's path, unescaped and cleaned. */
void download_url_name(char name[DOWNLOAD_NAME_SIZE], const char *url);
/* The URL without a user name: for messages. malloc'ed. */
char *download_show_url(const char *url);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry/transport/disposition.h - the header Content-Disposition (RFC 6266); pure.
 */
#pragma once

/* The file's name in it, which anybody may have written; malloc'ed, NULL: there is none. */
char *disposition_file_name(const char *value);

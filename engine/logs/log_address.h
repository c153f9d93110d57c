/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine/logs/log_address.h - where a log driver sends to: the option syslog-address, or journald.
 */
#pragma once

#include <stdbool.h>

struct error;

struct log_address {
	bool is_unix, is_stream;
	char path[108];		  /* unix */
	char host[256], port[16]; /* the others */
};

/* "udp://HOST[:PORT]", "tcp://HOST[:PORT]", "unix:///PATH", "unixgram:///PATH"; port 514.
 * ERROR_INVALID, ERROR_UNSUPPORTED (tcp+tls). */
int log_address_parse(struct log_address *address, const char *text, struct error *err);
/* A connected, non-blocking socket. A host's name is looked up and a TCP connection waited for, two
 * seconds at most. */
int log_address_connect(const struct log_address *address, struct error *err);
/* This machine's own syslog: /dev/log and where else it may be; fills @address with what answers.
 */
int log_address_connect_local(struct log_address *address, struct error *err);

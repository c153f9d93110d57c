/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/logs/log_address.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_MS 2000

static const struct scheme {
	const char *name;
	bool is_unix, is_stream;
} schemes[] = {
	{"udp", false, false},
	{"tcp", false, true},
	{"unix", true, true},
	{"unixgram", true, false},
};

/* "host", "host:514", "[::1]:514", "::1" */
static bool parse_host(struct log_address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text);

	snprintf(address->port, sizeof(address->port), "514");
	if (*text == '[') {
		const char *close = strchr(text, ']');

		if (!close || (close[1] && close[1] != ':'))
			return false;
		colon = close[1] ? close + 1 : NULL;
		length = (size_t)(close - ++text);
	} else if (colon && strchr(text, ':') == colon) {
		length = (size_t)(colon - text);
	} else {
		colon = NULL; /* more than one: an IPv6 address alone */
	}
	if (colon) {
		size_t digits = strspn(colon + 1, "0123456789");

		if (!digits || digits > 5 || colon[1 + digits])
			return false;
		snprintf(address->port, sizeof(address->port), "%s", colon + 1);
	}
	if (!length || length >= sizeof(address->host))
		return false;
	memcpy(address->host, text, length);
	address->host[length] = '\0';
	return true;
}

int log_address_parse(struct log_address *address, const char *text, struct error *err)
{
	const char *rest = strstr(text, "://");
	const struct scheme *scheme = NULL;

	*address = (struct log_address){0};
	for (size_t i = 0; rest && i < array_length(schemes); i++)
		if (strlen(schemes[i].name) == (size_t)(rest - text) &&
		    strncmp(schemes[i].name, text, (size_t)(rest - text)) == 0)
			scheme = &schemes[i];
	if (strncmp(text, "tcp+tls://", 10) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
				 "syslog-address '%s': TLS is not supported: send to a relay on "
				 "this machine",
				 text);
	if (!scheme)
		return error_set(
			err, ERROR_INVALID,
			"syslog-address '%s' is not like udp://HOST:PORT, tcp://HOST:PORT, "
			"unix:///PATH or unixgram:///PATH",
			text);
	address->is_unix = scheme->is_unix;
	address->is_stream = scheme->is_stream;
	rest += 3;
	if (!scheme->is_unix)
		return parse_host(address, rest)
			       ? 0
			       : error_set(err, ERROR_INVALID,
					   "syslog-address '%s' has no valid HOST:PORT", text);
	if (*rest != '/' || strlen(rest) >= sizeof(address->path))
		return error_set(err, ERROR_INVALID,
				 "syslog-address '%s' needs an absolute path of at most %zu "
				 "characters",
				 text, sizeof(address->path) - 1);
	snprintf(address->path, sizeof(address->path), "%s", rest);
	return 0;
}

static int finish_connecting(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof(errno);
	int problem = ETIMEDOUT;

	if (poll(&poll_fd, 1, CONNECT_MS) > 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) < 0)
		return -1;
	errno = problem;
	return problem ? -1 : 0;
}

static int connect_to(int family, int type, const void *where, socklen_t size)
{
	auto_close int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, where, size) < 0 && (errno != EINPROGRESS || finish_connecting(fd) < 0))
		return -1;
	return take_fd(&fd);
}

static int connect_unix(const struct log_address *address, struct error *err)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	int fd;

	memcpy(where.sun_path, address->path, sizeof(where.sun_path));
	fd = connect_to(AF_UNIX, address->is_stream ? SOCK_STREAM : SOCK_DGRAM, &where,
			sizeof(where));
	return fd < 0 ? error_errno(err, "cannot reach '%s'", address->path) : fd;
}

int log_address_connect(const struct log_address *address, struct error *err)
{
	struct addrinfo hints = {.ai_socktype = address->is_stream ? SOCK_STREAM : SOCK_DGRAM};
	struct addrinfo *found = NULL;
	int fd = -1, code;

	if (address->is_unix)
		return connect_unix(address, err);
	code = getaddrinfo(address->host, address->port, &hints, &found);
	if (code != 0)
		return error_set(err, EHOSTUNREACH, "cannot find the host '%s': %s", address->host,
				 gai_strerror(code));
	for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
		fd = connect_to(at->ai_family, at->ai_socktype, at->ai_addr, at->ai_addrlen);
	if (fd < 0)
		error_errno(err, "cannot reach %s port %s", address->host, address->port);
	freeaddrinfo(found);
	return fd;
}

int log_address_connect_local(struct log_address *address, struct error *err)
{
	static const char *const paths[] = {"/dev/log", "/var/run/syslog", "/var/run/log"};

	for (size_t i = 0; i < array_length(paths) * 2; i++) {
		int fd;

		*address = (struct log_address){.is_unix = true, .is_stream = i % 2};
		snprintf(address->path, sizeof(address->path), "%s", paths[i / 2]);
		fd = connect_unix(address, NULL);
		if (fd >= 0)
			return fd;
	}
	*address = (struct log_address){.is_unix = true};
	snprintf(address->path, sizeof(address->path), "%s", paths[0]);
	return error_set(err, ENOENT,
			 "there is no syslog on this machine (at '%s'): name one with the option "
			 "syslog-address",
			 paths[0]);
}

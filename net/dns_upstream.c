/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define DNS_PORT    53

/* "192.0.2.1", "2001:db8::1", "fe80::1%eth0". */
static bool parse_server(union dns_address *server, const char *text)
{
	char address[INET6_ADDRSTRLEN + IFNAMSIZ + 1], *scope;

	memset(server, 0, sizeof(*server));
	snprintf(address, sizeof(address), "%s", text);
	scope = strchr(address, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET, address, &server->ipv4.sin_addr) == 1) {
		server->ipv4.sin_family = AF_INET;
		server->ipv4.sin_port = htons(DNS_PORT);
		return true;
	}
	if (inet_pton(AF_INET6, address, &server->ipv6.sin6_addr) != 1)
		return false;
	server->ipv6.sin6_family = AF_INET6;
	server->ipv6.sin6_port = htons(DNS_PORT);
	server->ipv6.sin6_scope_id = scope ? if_nametoindex(scope) : 0;
	return true;
}

static void add_server(struct dns_upstreams *upstreams, const char *text)
{
	if (upstreams->count < DNS_UPSTREAM_LIMIT &&
	    parse_server(&upstreams->servers[upstreams->count], text))
		upstreams->count++;
}

static void parse(struct dns_upstreams *upstreams, const char *text)
{
	auto_free char *copy = alloc_string(text);
	char *rest = copy, *line;

	upstreams->count = 0;
	while ((line = strsep(&rest, "\n"))) {
		line += strspn(line, " \t");
		if (strncmp(line, "nameserver", 10) != 0 || !strchr(" \t", line[10]))
			continue;
		line += 10 + strspn(line + 10, " \t");
		line[strcspn(line, " \t\r#;")] = '\0';
		add_server(upstreams, line);
	}
}

void dns_upstream_init(struct dns_upstreams *upstreams, char *const *servers, bool is_isolated)
{
	*upstreams = (struct dns_upstreams){0};
	if (!servers || !*servers) {
		upstreams->is_denied = is_isolated;
		return;
	}
	upstreams->is_fixed = true;
	for (; *servers; servers++) {
		if (strcmp(*servers, "127.0.0.11") == 0)
			log_warning("the DNS server 127.0.0.11 is this resolver itself: left out");
		else
			add_server(upstreams, *servers);
	}
}

void dns_upstream_refresh(struct dns_upstreams *upstreams, struct stat *seen)
{
	auto_strbuf struct strbuf text = {0};
	struct stat now;

	if (upstreams->is_fixed || upstreams->is_denied)
		return;
	if (stat(RESOLV_CONF, &now) < 0) {
		upstreams->count = 0;
		return;
	}
	if (now.st_ino == seen->st_ino && now.st_dev == seen->st_dev &&
	    now.st_size == seen->st_size && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec)
		return;
	if (file_read(AT_FDCWD, RESOLV_CONF, 65536, &text, NULL) < 0)
		return;
	*seen = now;
	parse(upstreams, strbuf_text(&text));
}

int dns_upstream_connect(const struct dns_upstreams *upstreams, size_t index, int type)
{
	const union dns_address *server = &upstreams->servers[index % DNS_UPSTREAM_LIMIT];
	int family = server->any.sa_family;
	socklen_t size = family == AF_INET ? sizeof(server->ipv4) : sizeof(server->ipv6);
	auto_close int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || (connect(fd, &server->any, size) < 0 && errno != EINPROGRESS))
		return -1;
	return take_fd(&fd);
}

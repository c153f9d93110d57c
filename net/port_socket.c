/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

union any_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
};

static socklen_t fill(union any_address *address, const struct cidr *cidr, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	address->any.sa_family = (sa_family_t)cidr->family;
	if (cidr->family == AF_INET) {
		address->ipv4.sin_port = htons(port);
		cidr_to_bytes((uint8_t *)&address->ipv4.sin_addr, AF_INET, cidr->address);
		return sizeof(address->ipv4);
	}
	address->ipv6.sin6_port = htons(port);
	cidr_to_bytes((uint8_t *)&address->ipv6.sin6_addr, AF_INET6, cidr->address);
	return sizeof(address->ipv6);
}

bool port_socket_is_relayed(const struct claim *claim)
{
	return claim->relay.family && claim->protocol != IPPROTO_SCTP &&
	       (!claim->target.family || claim->host.family == AF_INET6);
}

/* What gets past the firewall's redirection is not for us: dropped, as if nobody listened long
 * enough to answer. */
static int drop_everything(int fd)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog program = {.len = 1, .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int set_options(int fd, const struct claim *claim)
{
	int one = 1;

	if (claim->host.family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -1;
	if (claim->protocol == IPPROTO_TCP &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -1;
	if (claim->share && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0)
		return -1;
	return port_socket_is_relayed(claim) ? 0 : drop_everything(fd);
}

int port_socket_bind(struct claim *claim)
{
	int type = claim->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
	auto_close int fd =
		socket(claim->host.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, claim->protocol);
	union any_address address;
	socklen_t size = fill(&address, &claim->host, claim->host_port);

	if (fd < 0 || set_options(fd, claim) < 0 || bind(fd, &address.any, size) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 512) < 0))
		return -1;
	if (claim->host_port == 0) {
		if (getsockname(fd, &address.any, &size) < 0)
			return -1;
		claim->host_port = ntohs(claim->host.family == AF_INET ? address.ipv4.sin_port
								       : address.ipv6.sin6_port);
	}
	return take_fd(&fd);
}

int port_socket_connect(const struct cidr *target, uint16_t port, int type)
{
	auto_close int fd = socket(target->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union any_address address;
	socklen_t size = fill(&address, target, port);

	if (fd < 0 || (connect(fd, &address.any, size) < 0 && errno != EINPROGRESS))
		return -1;
	return take_fd(&fd);
}

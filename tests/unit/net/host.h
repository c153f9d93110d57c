/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/net/host.h - a network namespace that plays the host, and its neighbours.
 *
 * Every test that calls host_start gets a fresh one: no interface but lo, no rules, no sysctls of
 * the machine. Needs root.
 */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/network.h"
#include "net/ports.h"
#include "tests/harness/harness.h"

static struct net_context context;
static struct arena arena;
static struct error err;

struct box {
	char id[65];
	int netns;
	struct endpoint endpoints[4];
};

static inline bool host_start(void)
{
	const char *path;
	int fd;
	auto_netlink struct netlink netlink = {0};
	struct netlink_batch batch = {0};

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		test_skip("needs root");
		return false;
	}
	err = (struct error){0};
	arena_release(&arena);
	fd = test_directory(&path);
	CHECK(mkdirat(fd, "root", 0700) == 0 && mkdirat(fd, "run", 0700) == 0);
	context = (struct net_context){
		.config_dirfd = openat(fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.run_dirfd = openat(fd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.run_path = path,
	};
	close(fd);
	CHECK_OK(netlink_open(&netlink, &err));
	link_add_up(&batch, 1);
	CHECK_OK(netlink_commit(&netlink, &batch, &err));
	return true;
}

static inline void host_stop(void)
{
	close(context.config_dirfd);
	close(context.run_dirfd);
	arena_release(&arena);
}

/* Runs a tool of the test machine in a namespace; its output, to be freed by the arena. */
static inline int run_line(void *data, struct error *why)
{
	char **line = data;
	auto_strbuf struct strbuf output = {0};
	char *argv[] = {(char *)"/bin/sh", (char *)"-c", *line, NULL};
	int code = process_run(argv, NULL, -1, &output, why);

	*line = arena_string(&arena, strbuf_text(&output));
	return code;
}

static inline const char *run_tool_in(int netns, const char *line)
{
	char *text = (char *)line;

	CHECK_INT(netns_visit(netns, run_line, &text, &err), 0);
	return text;
}

static inline const char *run_tool(const char *line)
{
	char *text = (char *)line;

	CHECK_INT(run_line(&text, &err), 0);
	return text;
}

/* Another machine on a wire to the host: host 192.0.2.1 (2001:db8::1), it 192.0.2.2. */
static inline int outside_start(void)
{
	int outside = netns_create(&err);

	CHECK(outside >= 0);
	run_tool("sysctl -qw net.ipv6.conf.default.accept_dad=0; ip link add up0 type veth peer "
		 "name wire0 && ip addr add 192.0.2.1/24 dev up0 && "
		 "ip -6 addr add 2001:db8::1/64 dev up0 nodad && ip link set up0 up");
	/* The shell cannot see our descriptor: move the link by hand. */
	{
		auto_netlink struct netlink netlink = {0};
		struct netlink_batch batch = {0};
		struct nl_msg *message = link_change("wire0", false);

		CHECK_OK(netlink_open(&netlink, &err));
		nla_put_u32(message, 28 /* IFLA_NET_NS_FD */, (uint32_t)outside);
		netlink_add(&batch, message, "move wire0");
		CHECK_OK(netlink_commit(&netlink, &batch, &err));
	}
	run_tool_in(outside,
		    "sysctl -qw net.ipv6.conf.wire0.accept_dad=0; ip link set lo up; ip addr add "
		    "192.0.2.2/24 dev wire0 && "
		    "ip -6 addr add 2001:db8::2/64 dev wire0 nodad && ip link set wire0 up && "
		    "ip route add default via 192.0.2.1");
	return outside;
}

static inline struct network make_network(const char *name, bool internal, bool ipv6)
{
	struct network network = {
		.name = name,
		.internal = internal,
		.enable_ipv4 = true,
		.enable_ipv6 = ipv6,
	};

	CHECK_OK(network_create(&context, &network, &arena, &err));
	return network;
}

/* A container on up to three networks, announced. */
static inline struct box box_start(const char *name, const char *first, const char *second)
{
	struct box box = {.netns = netns_create(&err)};
	struct endpoint_request endpoints[2] = {{.network = first}, {.network = second}};
	struct attach_request request = {
		.container_id = box.id,
		.container_name = name,
		.netns_fd = box.netns,
		.endpoints = endpoints,
		.endpoint_count = (first != NULL) + (second != NULL),
	};
	char *networks[] = {(char *)first, (char *)second, NULL};
	unsigned seed = 2166136261U;

	for (const char *at = name; *at; at++)
		seed = (seed ^ (unsigned char)*at) * 16777619U;
	snprintf(box.id, sizeof(box.id), "%08x%056x", seed, (unsigned)strlen(name));
	CHECK_OK(network_attach(&context, &request, box.endpoints, &arena, &err));
	CHECK_OK(network_announce(&context, box.id, networks, true, &err));
	return box;
}

static inline void box_stop(struct box *box)
{
	char *ids[] = {box->id};

	CHECK_OK(network_detach(&context, ids, 1, &err));
	close(box->netns);
}

static inline socklen_t address_of(struct sockaddr_storage *out, const char *ip, uint16_t port)
{
	struct sockaddr_in *ipv4 = (void *)out;
	struct sockaddr_in6 *ipv6 = (void *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, ip, &ipv4->sin_addr) == 1) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		return sizeof(*ipv4);
	}
	CHECK(inet_pton(AF_INET6, ip, &ipv6->sin6_addr) == 1);
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(port);
	return sizeof(*ipv6);
}

/* netns -1: the host. */
static inline int new_socket(int netns, int family, int type)
{
	int fd = netns < 0 ? socket(family, type | SOCK_CLOEXEC, 0)
			   : netns_socket(netns, family, type, 0, &err);

	CHECK(fd >= 0);
	return fd;
}

static inline int listen_at(int netns, const char *ip, uint16_t port, int type)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(&address, ip, port);
	int fd = new_socket(netns, address.ss_family, type), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, size) < 0)
		fail_msg("bind %s:%u: %s", ip, port, strerror(errno));
	if (type == SOCK_STREAM)
		CHECK(listen(fd, 64) == 0);
	return fd;
}

/* A connected socket, or -1 after @timeout_ms. */
static inline int connect_to(int netns, const char *ip, uint16_t port, int timeout_ms)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(&address, ip, port);
	int fd = new_socket(netns, address.ss_family, SOCK_STREAM | SOCK_NONBLOCK), problem = 0;
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	socklen_t length = sizeof(problem);

	if (connect(fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	if (poll(&poll_fd, 1, timeout_ms) < 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &length) < 0 || problem) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, 0);
	return fd;
}

#define REACH_MS   2000
#define SILENCE_MS 250

static inline bool can_reach(int netns, const char *ip, uint16_t port)
{
	int fd = connect_to(netns, ip, port, REACH_MS);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static inline bool cannot_reach(int netns, const char *ip, uint16_t port)
{
	int fd = connect_to(netns, ip, port, SILENCE_MS);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

/* Accepts what has been connected; the client's address as text. */
static inline const char *peer_of(int listener)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	struct pollfd poll_fd = {.fd = listener, .events = POLLIN};
	char text[64] = "nobody";
	int fd = poll(&poll_fd, 1, REACH_MS) == 1
			 ? accept(listener, (struct sockaddr *)&address, &size)
			 : -1;

	if (fd < 0)
		return "nobody";
	close(fd);
	if (address.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&address)->sin_addr, text, 64);
	else
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&address)->sin6_addr, text, 64);
	return arena_string(&arena, text);
}

/* The program beside the tests. */
static inline const char *responder_program(void)
{
	char self[4096] = "";

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	*strstr(self, "/tests/") = '\0'; /* of out/tests/net/NAME */
	return arena_format(&arena, "%s/libexec/coracle/responder", self);
}

static inline struct port_holder *publish(const struct box *box, const char *name,
					  const char *share, const struct port_request *ports,
					  size_t count)
{
	struct ports_request request = {
		.container_id = box->id,
		.container_name = name,
		.share = share,
		.endpoint = &box->endpoints[0],
		.ports = ports,
		.port_count = count,
	};
	struct ports_result result;

	CHECK_OK(ports_publish(&context, &request, &result, &arena, &err));
	return result.holder;
}

/* Nothing of ours is left on the host. */
static inline void check_clean(void)
{
	CHECK_TEXT(run_tool("nft list ruleset"), "");
	CHECK_TEXT(run_tool("ip -o link show | grep -E 'br-|cor' || true"), "");
}

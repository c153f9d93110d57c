/* SPDX-License-Identifier: Apache-2.0 */
#include "net/responder.h"

#include "tests/unit/net/host.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/units.h"
#include "net/dns_message.h"

static size_t make_query(uint8_t *out, const char *name, uint16_t type, size_t edns)
{
	size_t size = 12;

	memset(out, 0, 512);
	out[0] = 0x12;
	out[1] = 0x34;
	out[2] = 1; /* recursion desired */
	out[5] = 1;
	while (*name) {
		size_t label = strcspn(name, ".");

		out[size++] = (uint8_t)label;
		memcpy(out + size, name, label);
		size += label;
		name += label + (name[label] == '.');
	}
	size++;
	out[size++] = (uint8_t)(type >> 8);
	out[size++] = (uint8_t)type;
	size++;
	out[size++] = 1;
	if (edns) {
		out[11] = 1;
		out[size + 2] = DNS_TYPE_OPT;
		out[size + 3] = (uint8_t)(edns >> 8);
		out[size + 4] = (uint8_t)edns;
		size += 11;
	}
	return size;
}

struct answer {
	uint8_t bytes[16384];
	size_t size;
	int code, count;
	bool is_truncated;
};

static int ask_socket(int netns, int type)
{
	struct sockaddr_storage address;
	socklen_t size = address_of(&address, "127.0.0.11", 53);
	struct timeval limit = {.tv_sec = 4};
	int fd = new_socket(netns, AF_INET, type);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	CHECK(connect(fd, (struct sockaddr *)&address, size) == 0);
	return fd;
}

static void read_answer(struct answer *answer, ssize_t n)
{
	CHECK(n >= 12);
	answer->size = (size_t)n;
	CHECK(answer->bytes[0] == 0x12 && answer->bytes[1] == 0x34);
	CHECK(answer->bytes[2] & 0x80);
	answer->code = answer->bytes[3] & 15;
	answer->count = answer->bytes[6] << 8 | answer->bytes[7];
	answer->is_truncated = answer->bytes[2] & 2;
}

static struct answer ask(int netns, const char *name, uint16_t type)
{
	struct answer answer = {0};
	uint8_t query[512];
	int fd = ask_socket(netns, SOCK_DGRAM);

	CHECK(send(fd, query, make_query(query, name, type, 0), 0) > 0);
	read_answer(&answer, recv(fd, answer.bytes, sizeof(answer.bytes), 0));
	close(fd);
	return answer;
}

/* The address in the first record, which follows the question and a pointer. */
static const char *first_address(const struct answer *answer, const char *name)
{
	size_t at = 12 + strlen(name) + 2 + 4 + 12;
	char text[64] = "";

	CHECK(answer->count > 0);
	inet_ntop(answer->bytes[at - 1] == 4 ? AF_INET : AF_INET6, answer->bytes + at, text, 64);
	return arena_string(&arena, text);
}

static const char *resolve(int netns, const char *name)
{
	struct answer answer = ask(netns, name, DNS_TYPE_A);

	CHECK_INT(answer.code, 0);
	return first_address(&answer, name);
}

struct monitor {
	pid_t pid;
};

static struct monitor monitor_start(const struct box *box, char **networks, const char *project,
				    bool is_isolated, char **servers)
{
	struct responder_request request = {
		.program = responder_program(),
		.project = project,
		.netns_fd = box->netns,
		.networks = networks,
		.is_isolated = is_isolated,
		.servers = servers,
		.links = (char *[]){(char *)"db=b", NULL},
	};
	struct monitor monitor;
	int pipes[2];
	char byte;

	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	monitor.pid = fork();
	if (monitor.pid == 0) {
		struct responder *responder;
		struct loop loop;

		int64_t start = units_monotonic_ns();

		if (loop_init(&loop, &err) < 0 ||
		    responder_open(&responder, &context, &request, &loop, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			_exit(1);
		}
		fprintf(stderr, "# open: %.2f ms\n", (double)(units_monotonic_ns() - start) / 1e6);
		if (write(pipes[1], "r", 1) != 1)
			_exit(1);
		loop_run(&loop, &err);
		_exit(0);
	}
	close(pipes[1]);
	CHECK_INT(read(pipes[0], &byte, 1), 1);
	close(pipes[0]);
	return monitor;
}

/* As abruptly as it gets. */
static void monitor_kill(struct monitor *monitor)
{
	kill(monitor->pid, SIGKILL);
	waitpid(monitor->pid, NULL, 0);
}

/* This process's own /etc/resolv.conf. */
static void set_resolv_conf(const char *text)
{
	const char *path;
	auto_free char *file = NULL;
	int fd = test_directory(&path);

	CHECK_OK(file_replace_volatile(fd, "resolv.conf", text, strlen(text), 0644, &err));
	file = strdup(arena_format(&arena, "%s/resolv.conf", path));
	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	umount2("/etc/resolv.conf", MNT_DETACH); /* of the test before */
	CHECK(mount(file, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0);
	close(fd);
}

static char *front_only[] = {(char *)"front", NULL};

TEST(names_of_the_network_resolve)
{
	char *aliases[] = {(char *)"Web", (char *)"www", NULL};
	struct endpoint_request wanted = {.network = "front", .aliases = aliases};
	struct attach_request request = {
		.container_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.container_name = "shop-web-1",
		.hostname = "webhost",
		.project = "shop",
		.endpoints = &wanted,
		.endpoint_count = 1,
	};
	struct endpoint endpoint;
	struct monitor monitor;
	struct answer answer;
	struct box a, b;
	int app;

	if (!host_start())
		return;
	set_resolv_conf("nameserver 127.0.0.99\n"); /* nobody there */
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "front", NULL);
	monitor = monitor_start(&a, front_only, "shop", false, NULL);
	CHECK_TEXT(resolve(a.netns, "b"), "172.18.0.3");
	CHECK_TEXT(resolve(a.netns, "B"), "172.18.0.3");
	CHECK_TEXT(resolve(a.netns, "db"), "172.18.0.3");
	CHECK_TEXT(resolve(a.netns, "b.front"), "172.18.0.3");
	/* Not there yet, not announced yet, there. */
	CHECK_INT(ask(a.netns, "web", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	request.netns_fd = netns_create(&err);
	CHECK_OK(network_attach(&context, &request, &endpoint, &arena, &err));
	CHECK_TEXT(endpoint.names[0], "shop-web-1");
	CHECK_INT(ask(a.netns, "web", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	CHECK_OK(network_announce(&context, request.container_id, front_only, true, &err));
	for (int i = 0; i < 5; i++) {
		static const char *const names[] = {"web", "www", "shop-web-1", "0123456789ab",
						    "webhost"};

		CHECK_TEXT(resolve(a.netns, names[i]), "172.18.0.4");
	}
	answer = ask(a.netns, "web", DNS_TYPE_AAAA);
	CHECK(answer.code == 0 && answer.count == 0);
	answer = ask(a.netns, "web", 15 /* MX */);
	CHECK(answer.code == 0 && answer.count == 0);
	answer = ask(a.netns, "4.0.18.172.in-addr.arpa", DNS_TYPE_PTR);
	CHECK(answer.code == 0 && answer.count == 1);
	CHECK(memmem(answer.bytes, answer.size, "\012shop-web-1\005front", 18));
	answer = ask(a.netns, "77.0.18.172.in-addr.arpa", DNS_TYPE_PTR);
	CHECK_INT(answer.code, DNS_CODE_NO_NAME);
	/* An application of the container may have port 53 for itself. */
	app = listen_at(a.netns, "0.0.0.0", 53, SOCK_DGRAM);
	close(listen_at(a.netns, "0.0.0.0", 53, SOCK_STREAM));
	CHECK_TEXT(resolve(a.netns, "b"), "172.18.0.3");
	close(app);
	/* Killed and adopted. */
	monitor_kill(&monitor);
	monitor = monitor_start(&a, front_only, "shop", false, NULL);
	CHECK_TEXT(resolve(a.netns, "web"), "172.18.0.4");
	CHECK_OK(network_announce(&context, request.container_id, front_only, false, &err));
	CHECK_INT(ask(a.netns, "web", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	box_stop(&b);
	CHECK_INT(ask(a.netns, "b", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	monitor_kill(&monitor);
	host_stop();
}

TEST(replicas_rotate_and_the_own_project_comes_first)
{
	char *aliases[] = {(char *)"web", NULL};
	struct endpoint_request wanted = {.network = "front", .aliases = aliases};
	struct attach_request request = {.endpoints = &wanted, .endpoint_count = 1};
	struct endpoint endpoint;
	struct monitor monitor;
	struct answer answer;
	struct box a;
	bool seen[12] = {false};
	int distinct = 0;

	if (!host_start())
		return;
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	for (int i = 0; i < 60; i++) {
		request.container_id = arena_format(&arena, "%064x", i + 1);
		request.container_name = arena_format(&arena, "web-%d", i);
		request.project = i < 4 ? "mine" : "theirs";
		request.netns_fd = netns_create(&err);
		CHECK_OK(network_attach(&context, &request, &endpoint, &arena, &err));
		CHECK_OK(network_announce(&context, request.container_id, front_only, true, &err));
		close(request.netns_fd);
	}
	monitor = monitor_start(&a, front_only, "mine", false, NULL);
	for (int i = 0; i < 60; i++) {
		int last;

		answer = ask(a.netns, "web", DNS_TYPE_A);
		CHECK_INT(answer.count, 4);
		last = atoi(strrchr(first_address(&answer, "web"), '.') + 1);
		CHECK(last >= 3 && last <= 6);
		distinct += !seen[last];
		seen[last] = true;
	}
	CHECK_INT(distinct, 4);
	monitor_kill(&monitor);
	/* Without a project of its own all of them: too many for 512 bytes. */
	monitor = monitor_start(&a, front_only, NULL, false, NULL);
	answer = ask(a.netns, "web", DNS_TYPE_A);
	CHECK(answer.is_truncated && answer.size <= 512);
	{
		int fd = ask_socket(a.netns, SOCK_DGRAM);
		uint8_t query[512], frame[514];
		size_t size = make_query(query, "web", DNS_TYPE_A, 4000);

		CHECK(send(fd, query, size, 0) > 0);
		read_answer(&answer, recv(fd, answer.bytes, sizeof(answer.bytes), 0));
		CHECK(!answer.is_truncated && answer.count == 60);
		close(fd);
		fd = ask_socket(a.netns, SOCK_STREAM);
		size = make_query(query, "web", DNS_TYPE_A, 0);
		frame[0] = 0;
		frame[1] = (uint8_t)size;
		memcpy(frame + 2, query, size);
		for (int i = 0; i < 2; i++) { /* twice over one connection, in two pieces */
			uint8_t length[2];

			CHECK(send(fd, frame, 7, 0) == 7);
			CHECK(send(fd, frame + 7, size + 2 - 7, 0) > 0);
			CHECK_INT(recv(fd, length, 2, MSG_WAITALL), 2);
			read_answer(&answer,
				    recv(fd, answer.bytes, (size_t)(length[0] << 8 | length[1]),
					 MSG_WAITALL));
			CHECK_INT(answer.count, 60);
		}
		close(fd);
	}
	monitor_kill(&monitor);
	host_stop();
}

/* Answers the next question at @fd (UDP) with 192.0.2.77, or with @code. */
static void upstream_answers(int fd, enum dns_code code, bool lie_first)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	uint8_t query[1024], reply[1024];
	struct timeval limit = {.tv_sec = 3};
	struct dns_question question;
	struct dns_reply builder;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	n = recvfrom(fd, query, sizeof(query), 0, (struct sockaddr *)&peer, &size);
	CHECK(n > 12);
	CHECK(!(query[0] == 0x12 && query[1] == 0x34)); /* not the client's id */
	CHECK_INT(dns_message_parse(&question, query, (size_t)n), 0);
	for (int i = lie_first ? 0 : 2; i < 3; i++) {
		size_t length;

		question.id = (uint16_t)(dns_message_id(query) + (i == 0));
		dns_message_start(&builder, reply, 512, &question, query);
		if (i == 1)
			reply[13] ^= 2; /* another name */
		if (code == DNS_CODE_OK)
			dns_message_add_address(&builder, DNS_TYPE_A, "\300\000\002\115", 4, 60);
		length = dns_message_finish(&builder, &question, code);
		CHECK(sendto(fd, reply, length, 0, (struct sockaddr *)&peer, size) > 0);
	}
}

static int send_question(int netns, const char *name)
{
	int fd = ask_socket(netns, SOCK_DGRAM);
	uint8_t query[512];

	CHECK(send(fd, query, make_query(query, name, DNS_TYPE_A, 0), 0) > 0);
	return fd;
}

static struct answer receive_answer(int fd)
{
	struct answer answer = {0};

	read_answer(&answer, recv(fd, answer.bytes, sizeof(answer.bytes), 0));
	close(fd);
	return answer;
}

TEST(other_names_go_to_the_resolvers_of_the_host)
{
	struct monitor monitor;
	struct answer answer;
	struct box a;
	int first, second, fd;

	if (!host_start())
		return;
	set_resolv_conf("search x\nnameserver 127.0.0.53\nnameserver 127.0.0.54\n");
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	first = listen_at(-1, "127.0.0.53", 53, SOCK_DGRAM);
	second = listen_at(-1, "127.0.0.54", 53, SOCK_DGRAM);
	monitor = monitor_start(&a, front_only, NULL, false, NULL);
	fd = send_question(a.netns, "example.org");
	upstream_answers(first, DNS_CODE_OK, true);
	answer = receive_answer(fd);
	CHECK_INT(answer.code, 0);
	CHECK_TEXT(first_address(&answer, "example.org"), "192.0.2.77");
	/* Known by now: nobody is asked again. */
	answer = receive_answer(send_question(a.netns, "Example.org"));
	CHECK_TEXT(first_address(&answer, "example.org"), "192.0.2.77");
	/* No such name is final; failure is not; silence is not. */
	fd = send_question(a.netns, "nowhere.example");
	upstream_answers(first, DNS_CODE_NO_NAME, false);
	CHECK_INT(receive_answer(fd).code, DNS_CODE_NO_NAME);
	fd = send_question(a.netns, "broken.example");
	upstream_answers(first, DNS_CODE_FAILURE, false);
	upstream_answers(second, DNS_CODE_OK, false);
	CHECK_INT(receive_answer(fd).count, 1);
	fd = send_question(a.netns, "slow.example");
	upstream_answers(second, DNS_CODE_OK, false);
	CHECK_INT(receive_answer(fd).count, 1);
	close(first);
	close(second);
	/* Nobody listens: an answer at once. */
	CHECK_INT(ask(a.netns, "silent.example", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	/* The host's list changes; it is looked at ten times a second. */
	poll(NULL, 0, 150);
	run_tool("echo nameserver 127.0.0.55 > /etc/resolv.conf");
	first = listen_at(-1, "127.0.0.55", 53, SOCK_DGRAM);
	fd = send_question(a.netns, "example.org");
	upstream_answers(first, DNS_CODE_OK, false);
	CHECK_INT(receive_answer(fd).count, 1);
	/* TCP is forwarded over TCP. */
	{
		int listener = listen_at(-1, "127.0.0.55", 53, SOCK_STREAM), server;
		uint8_t frame[514] = {0}, reply[514];
		size_t size = make_query(frame + 2, "big.example", DNS_TYPE_A, 0);

		fd = ask_socket(a.netns, SOCK_STREAM);
		frame[1] = (uint8_t)size;
		CHECK(send(fd, frame, size + 2, 0) > 0);
		server = accept(listener, NULL, NULL);
		CHECK_INT(recv(server, reply, size + 2, MSG_WAITALL), size + 2);
		reply[4] |= 0x80;
		CHECK(send(server, reply, size + 2, 0) > 0);
		CHECK_INT(recv(fd, reply, size + 2, MSG_WAITALL), size + 2);
		CHECK(reply[2] == 0x12 && reply[3] == 0x34 && (reply[4] & 0x80));
		close(server);
		close(listener);
		close(fd);
	}
	close(first);
	monitor_kill(&monitor);
	host_stop();
}

TEST(isolated_containers_never_ask_the_host)
{
	char *inner[] = {(char *)"inner", NULL}, *servers[] = {(char *)"172.18.0.3", NULL};
	struct monitor monitor;
	struct box a, b;
	struct pollfd poll_fd = {.events = POLLIN};
	int upstream, own, fd;

	if (!host_start())
		return;
	set_resolv_conf("nameserver 127.0.0.53\n");
	make_network("inner", true, false);
	a = box_start("a", "inner", NULL);
	b = box_start("b", "inner", NULL);
	upstream = listen_at(-1, "127.0.0.53", 53, SOCK_DGRAM);
	monitor = monitor_start(&a, inner, NULL, true, NULL);
	CHECK_INT(ask(a.netns, "secret.example.org", DNS_TYPE_A).code, DNS_CODE_FAILURE);
	CHECK_TEXT(resolve(a.netns, "b"), "172.18.0.3");
	poll_fd.fd = upstream;
	CHECK_INT(poll(&poll_fd, 1, 50), 0);
	monitor_kill(&monitor);
	/* A server inside the network is asked from the container's own namespace. */
	own = listen_at(b.netns, "0.0.0.0", 53, SOCK_DGRAM);
	monitor = monitor_start(&a, inner, NULL, true, servers);
	fd = send_question(a.netns, "example.org");
	upstream_answers(own, DNS_CODE_OK, false);
	CHECK_INT(receive_answer(fd).count, 1);
	CHECK_INT(poll(&poll_fd, 1, 50), 0);
	close(own);
	close(upstream);
	monitor_kill(&monitor);
	host_stop();
}

TEST(idle_tcp_clients_hurt_nobody)
{
	struct monitor monitor;
	struct box a;
	int fds[70];

	if (!host_start())
		return;
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	monitor = monitor_start(&a, front_only, NULL, false, NULL);
	for (int i = 0; i < 70; i++) {
		fds[i] = ask_socket(a.netns, SOCK_STREAM);
		CHECK(send(fds[i], "\1", 1, 0) == 1);
	}
	CHECK_TEXT(resolve(a.netns, "a"), "172.18.0.2");
	{
		char byte;

		CHECK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = 8},
				 sizeof(struct timeval)) == 0);
		CHECK(recv(fds[0], &byte, 1, 0) <= 0); /* closed after five seconds */
	}
	for (int i = 0; i < 70; i++)
		close(fds[i]);
	monitor_kill(&monitor);
	host_stop();
}

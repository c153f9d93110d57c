/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/host.h"

#include "net/responder.h"

#include <sys/epoll.h>

static const struct port_request web = {.protocol = "tcp", .host_port = 8080, .container_port = 80};

TEST(published_ports_are_reachable_from_everywhere)
{
	struct port_holder *holder;
	struct box a, b, c;
	int outside, listener;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	make_network("back", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "front", NULL);
	c = box_start("c", "back", NULL);
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	holder = publish(&a, "a", NULL, &web, 1);
	CHECK(holder);
	/* From outside, with the client's own address. */
	CHECK(can_reach(outside, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "192.0.2.2");
	/* From the host, by every address. */
	CHECK(can_reach(-1, "127.0.0.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(can_reach(-1, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "192.0.2.1");
	/* From itself, a neighbour, and another network, by the host's address. */
	CHECK(can_reach(a.netns, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(can_reach(b.netns, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(can_reach(b.netns, "172.18.0.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(can_reach(c.netns, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	/* Never straight. */
	CHECK(cannot_reach(c.netns, a.endpoints[0].ipv4, 80));
	close(listener);
	ports_release(holder);
	box_stop(&a);
	CHECK(!strstr(run_tool("nft list ruleset"), "8080"));
	CHECK(cannot_reach(outside, "192.0.2.1", 8080));
	box_stop(&b);
	box_stop(&c);
	CHECK_OK(network_destroy(&context, "front", &err));
	CHECK_OK(network_destroy(&context, "back", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(a_port_at_one_address_is_closed_at_the_others)
{
	struct port_request local = {
		.protocol = "tcp", .host_ip = "127.0.0.1", .host_port = 8080, .container_port = 80};
	struct port_holder *holder;
	struct box a, b;
	int outside, listener;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "front", NULL);
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	holder = publish(&a, "a", NULL, &local, 1);
	CHECK(can_reach(-1, "127.0.0.1", 8080));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(cannot_reach(-1, "192.0.2.1", 8080));
	CHECK(cannot_reach(outside, "192.0.2.1", 8080));
	/* A neighbour that sends packets for 127.0.0.1 over the wire, as in CVE-2020-8558. */
	run_tool_in(
		outside,
		"sysctl -qw net.ipv4.conf.all.route_localnet=1 && ip addr del 127.0.0.1/8 dev lo "
		"&& "
		"ip route add 127.0.0.0/8 via 192.0.2.1 dev wire0");
	CHECK(cannot_reach(outside, "127.0.0.1", 8080));
	run_tool_in(
		b.netns,
		"sysctl -qw net.ipv4.conf.all.route_localnet=1 && ip addr del 127.0.0.1/8 dev lo "
		"&& "
		"ip route add 127.0.0.0/8 via 172.18.0.1 dev eth0");
	CHECK(cannot_reach(b.netns, "127.0.0.1", 8080));
	ports_release(holder);
	close(listener);
	close(outside);
	host_stop();
}

TEST(conflicts_name_who_has_the_port)
{
	struct ports_request request = {.container_name = "b", .ports = &web, .port_count = 1};
	struct port_request other = {
		.protocol = "tcp", .host_ip = "192.0.2.1", .host_port = 9000, .container_port = 80};
	struct port_request range = {
		.protocol = "tcp", .host_port = 9000, .host_port_last = 9002, .container_port = 80};
	struct port_request any = {.protocol = "udp", .container_port = 53};
	struct ports_result result;
	struct port_holder *holder;
	struct box a, b;
	int outside, taken;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "front", NULL);
	holder = publish(&a, "shop-web-1", NULL, &web, 1);
	request.container_id = b.id;
	request.endpoint = &b.endpoints[0];
	CHECK(ports_publish(&context, &request, &result, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK(strstr(err.text, "port 8080/tcp is already published by 'shop-web-1'"));
	CHECK(strstr(err.text, "port is already allocated"));
	taken = listen_at(-1, "0.0.0.0", 9000, SOCK_STREAM);
	request.ports = &other;
	CHECK(ports_publish(&context, &request, &result, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK(strstr(err.text, "in use by 'ports_test' (pid "));
	CHECK(strstr(err.text, "port is already allocated"));
	request.ports = &range;
	CHECK_OK(ports_publish(&context, &request, &result, &arena, &err));
	CHECK_INT(result.binding_count, 2);
	CHECK_INT(result.bindings[0].host_port, 9001);
	CHECK_TEXT(result.bindings[0].host_ip, "0.0.0.0");
	CHECK_INT(result.bindings[1].host_port, 9001);
	CHECK_TEXT(result.bindings[1].host_ip, "::");
	/* A host process sees the port as taken. */
	{
		struct sockaddr_storage address;
		socklen_t size = address_of(&address, "0.0.0.0", 9001);
		int fd = new_socket(-1, AF_INET, SOCK_STREAM);

		CHECK(bind(fd, (struct sockaddr *)&address, size) < 0 && errno == EADDRINUSE);
		close(fd);
	}
	ports_release(result.holder);
	request.ports = &any;
	CHECK_OK(ports_publish(&context, &request, &result, &arena, &err));
	CHECK(result.binding_count == 2 && result.bindings[0].host_port > 1023);
	CHECK_INT(result.bindings[0].host_port, result.bindings[1].host_port);
	CHECK_TEXT(result.bindings[0].protocol, "udp");
	ports_release(result.holder);
	ports_release(holder);
	close(taken);
	close(outside);
	host_stop();
}

static int count_waiting(int listener)
{
	int count = 0, fd;

	fcntl(listener, F_SETFL, O_NONBLOCK);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		close(fd);
		count++;
	}
	return count;
}

TEST(replicas_share_a_port_and_only_ready_ones_get_connections)
{
	struct port_holder *holders[3];
	struct box boxes[3];
	int listeners[3], counts[3], outside;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "web-%d", i + 1);
		boxes[i] = box_start(name, "front", NULL);
		listeners[i] = listen_at(boxes[i].netns, "0.0.0.0", 80, SOCK_STREAM);
		holders[i] = publish(&boxes[i], name, "shop/web", &web, 1);
	}
	for (int i = 0; i < 90; i++)
		CHECK(can_reach(i % 2 ? outside : -1, "192.0.2.1", 8080));
	for (int i = 0; i < 3; i++) {
		counts[i] = count_waiting(listeners[i]);
		CHECK(counts[i] > 10);
	}
	CHECK_INT(counts[0] + counts[1] + counts[2], 90);
	CHECK(strstr(run_tool("nft list ruleset"), "tcp . 8080 . 0x0000003b : 172.18.0."));
	CHECK_OK(ports_set_ready(&context, boxes[1].id, false, &err));
	for (int i = 0; i < 30; i++)
		CHECK(can_reach(-1, "127.0.0.1", 8080));
	CHECK_INT(count_waiting(listeners[1]), 0);
	CHECK_INT(count_waiting(listeners[0]) + count_waiting(listeners[2]), 30);
	/* One goes; the others go on. */
	ports_release(holders[0]);
	close(listeners[0]);
	box_stop(&boxes[0]);
	for (int i = 0; i < 10; i++)
		CHECK(can_reach(outside, "192.0.2.1", 8080));
	CHECK_INT(count_waiting(listeners[2]), 10);
	/* None is ready: better a starting one than silence. */
	CHECK_OK(ports_set_ready(&context, boxes[2].id, false, &err));
	CHECK(can_reach(outside, "192.0.2.1", 8080));
	ports_release(holders[1]);
	ports_release(holders[2]);
	box_stop(&boxes[1]);
	box_stop(&boxes[2]);
	CHECK(!strstr(run_tool("nft list ruleset"), "8080"));
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	close(outside);
	host_stop();
}

static void stop_loop(struct loop_source *source, uint32_t events)
{
	(void)events;
	loop_stop(source->loop);
}

/* A monitor of its own: relays until the pipe closes. */
static pid_t start_monitor(const struct box *box, struct port_holder *holder, const int pipes[2])
{
	const char *program = responder_program();
	pid_t pid = fork();

	if (pid == 0) {
		struct loop loop;
		struct loop_source stop = {.handler = stop_loop};
		struct responder_request request = {.program = program, .netns_fd = box->netns};
		struct responder *responder;

		close(pipes[1]);
		if (loop_init(&loop, &err) < 0 ||
		    loop_add(&loop, &stop, pipes[0], EPOLLIN | EPOLLHUP, &err) < 0 ||
		    ports_hold(&context, box->id, &holder, &err) < 0)
			_exit(1);
		request.ports = holder;
		if (responder_open(&responder, &context, &request, &loop, &err) < 0)
			_exit(1);
		loop_run(&loop, &err);
		responder_close(responder);
		ports_release(holder);
		_exit(0);
	}
	return pid;
}

static bool echo_works(int client, int server)
{
	char buffer[16] = {0};

	if (send(client, "hello", 5, 0) != 5 || recv(server, buffer, 16, 0) != 5 ||
	    send(server, "world", 5, 0) != 5 || recv(client, buffer, 16, 0) != 5)
		return false;
	return memcmp(buffer, "world", 5) == 0;
}

TEST(ipv6_clients_reach_an_ipv4_container_through_the_monitor)
{
	struct port_request ports[] = {web,
				       {.protocol = "udp", .host_port = 53, .container_port = 53}};
	struct port_holder *holder;
	struct box a;
	int outside, listener, udp, client, server, pipes[2];
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	char byte[8];
	pid_t monitor;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	udp = listen_at(a.netns, "0.0.0.0", 53, SOCK_DGRAM);
	for (int round = 0; round < 2; round++) {
		/* First with the sockets of the publication, then with those of an adoption. */
		holder = round == 0 ? publish(&a, "a", NULL, ports, 2) : NULL;
		CHECK(pipe2(pipes, O_CLOEXEC) == 0);
		monitor = start_monitor(&a, holder, pipes);
		ports_release(holder);
		if (round == 1)
			usleep(50000);
		client = connect_to(round == 0 ? -1 : outside, round == 0 ? "::1" : "2001:db8::1",
				    8080, REACH_MS);
		CHECK(client >= 0);
		server = accept(listener, NULL, NULL);
		CHECK(echo_works(client, server));
		shutdown(client, SHUT_WR);
		CHECK_INT(recv(server, byte, 8, 0), 0);
		close(server);
		CHECK_INT(recv(client, byte, 8, 0), 0);
		close(client);
		client = new_socket(-1, AF_INET6, SOCK_DGRAM);
		CHECK(connect(client, (struct sockaddr *)&peer, address_of(&peer, "::1", 53)) == 0);
		CHECK_INT(send(client, "ask", 3, 0), 3);
		CHECK_INT(recvfrom(udp, byte, 8, 0, (struct sockaddr *)&peer, &size), 3);
		CHECK_INT(sendto(udp, "ok", 2, 0, (struct sockaddr *)&peer, size), 2);
		CHECK_INT(recv(client, byte, 8, 0), 2);
		close(client);
		close(pipes[1]);
		CHECK_INT(process_reap(monitor), 0);
		close(pipes[0]);
	}
	close(listener);
	close(udp);
	box_stop(&a);
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(ipv6_containers_are_published_without_a_relay)
{
	struct port_holder *holder;
	struct box a;
	int outside, listener;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("six", false, true);
	a = box_start("a", "six", NULL);
	listener = listen_at(a.netns, "::", 80, SOCK_STREAM);
	holder = publish(&a, "a", NULL, &web, 1);
	CHECK(can_reach(outside, "2001:db8::1", 8080));
	CHECK_TEXT(peer_of(listener), "2001:db8::2");
	CHECK(can_reach(outside, "192.0.2.1", 8080));
	CHECK_TEXT(peer_of(listener), "::ffff:192.0.2.2");
	CHECK(can_reach(-1, "2001:db8::1", 8080));
	CHECK_TEXT(peer_of(listener), "2001:db8::1");
	CHECK(cannot_reach(outside, a.endpoints[0].ipv6, 80));
	ports_release(holder);
	close(listener);
	box_stop(&a);
	CHECK_OK(network_destroy(&context, "six", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(udp_flows_move_to_the_container_that_publishes_next)
{
	struct port_request dns[] = {{.protocol = "udp", .host_port = 5300, .container_port = 53},
				     {.protocol = "udp", .host_port = 5301, .container_port = 54}};
	struct port_holder *holder;
	struct sockaddr_storage address;
	struct box boxes[2];
	int outside, clients[2], servers[2];
	char byte[8];

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	boxes[0] = box_start("one", "front", NULL);
	boxes[1] = box_start("two", "front", NULL);
	for (int j = 0; j < 2; j++) {
		clients[j] = new_socket(outside, AF_INET, SOCK_DGRAM);
		CHECK(connect(clients[j], (struct sockaddr *)&address,
			      address_of(&address, "192.0.2.1", dns[j].host_port)) == 0);
		send(clients[j], "early", 5, 0); /* a flow to the host itself */
	}
	for (int i = 0; i < 2; i++) {
		struct timeval limit = {.tv_sec = 2};

		for (int j = 0; j < 2; j++) {
			servers[j] = listen_at(boxes[i].netns, "0.0.0.0", dns[j].container_port,
					       SOCK_DGRAM);
			setsockopt(servers[j], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		}
		/* One port is looked for in another way than two. */
		holder = publish(&boxes[i], i == 0 ? "one" : "two", NULL, dns, 2 - (size_t)i);
		for (int j = 0; j < 2 - i; j++) {
			while (send(clients[j], "x", 1, 0) < 0)
				; /* the error of the packet before */
			CHECK_INT(recv(servers[j], byte, 8, 0), 1);
		}
		ports_release(holder);
		box_stop(&boxes[i]);
		close(servers[0]);
		close(servers[1]);
	}
	close(clients[0]);
	close(clients[1]);
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	close(outside);
	host_stop();
}

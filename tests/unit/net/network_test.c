/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/host.h"

#include <signal.h>

#include "base/log.h"
#include "base/units.h"
#include "net/firewall_docker.h"
#include "net/lease.h"

TEST(neighbours_reach_each_other)
{
	struct box a, b;
	int listener;

	if (!host_start())
		return;
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "front", NULL);
	CHECK_TEXT(a.endpoints[0].ipv4, "172.18.0.2");
	CHECK_TEXT(a.endpoints[0].gateway4, "172.18.0.1");
	CHECK_INT(a.endpoints[0].prefix4, 16);
	CHECK_TEXT(a.endpoints[0].interface_name, "eth0");
	CHECK_TEXT(a.endpoints[0].mac, "02:42:ac:12:00:02");
	CHECK(a.endpoints[0].is_gateway4);
	CHECK_TEXT(b.endpoints[0].ipv4, "172.18.0.3");
	listener = listen_at(b.netns, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(can_reach(a.netns, "172.18.0.3", 80));
	CHECK_TEXT(peer_of(listener), "172.18.0.2");
	CHECK(can_reach(-1, "172.18.0.3", 80));
	CHECK_TEXT(peer_of(listener), "172.18.0.1");
	CHECK(can_reach(b.netns, "127.0.0.1", 80));
	close(listener);
	CHECK(network_destroy(&context, "front", &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK(strstr(err.text, "a, b"));
	box_stop(&a);
	box_stop(&b);
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	CHECK_INT(faccessat(context.run_dirfd, "front", F_OK, 0), -1);
	host_stop();
}

TEST(networks_are_isolated_from_each_other_and_the_outside)
{
	struct box a, b;
	int outside, listener, far;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("front", false, false);
	make_network("back", false, false);
	a = box_start("a", "front", NULL);
	b = box_start("b", "back", NULL);
	CHECK_TEXT(b.endpoints[0].ipv4, "172.19.0.2");
	listener = listen_at(b.netns, "0.0.0.0", 80, SOCK_STREAM);
	far = listen_at(outside, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(cannot_reach(a.netns, "172.19.0.2", 80));
	CHECK(cannot_reach(outside, "172.19.0.2", 80));
	/* Out of the network: behind the host's address. */
	CHECK(can_reach(a.netns, "192.0.2.2", 80));
	CHECK_TEXT(peer_of(far), "192.0.2.1");
	close(listener);
	close(far);
	box_stop(&a);
	box_stop(&b);
	CHECK_OK(network_destroy(&context, "front", &err));
	CHECK_OK(network_destroy(&context, "back", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(internal_networks_have_no_way_out_and_none_in)
{
	struct port_request port = {.protocol = "tcp", .host_port = 8080, .container_port = 80};
	struct box a, b, c;
	int outside, far, listener;

	if (!host_start())
		return;
	outside = outside_start();
	make_network("inner", true, false);
	make_network("front", false, false);
	a = box_start("a", "inner", NULL);
	b = box_start("b", "inner", "front");
	c = box_start("c", "inner", NULL);
	far = listen_at(outside, "0.0.0.0", 80, SOCK_STREAM);
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(!a.endpoints[0].is_gateway4);
	CHECK(b.endpoints[1].is_gateway4);
	CHECK_TEXT(b.endpoints[1].interface_name, "eth1");
	CHECK(cannot_reach(a.netns, "192.0.2.2", 80));
	CHECK(can_reach(b.netns, "192.0.2.2", 80));
	CHECK(can_reach(c.netns, a.endpoints[0].ipv4, 80));
	CHECK(can_reach(-1, a.endpoints[0].ipv4, 80));
	CHECK(cannot_reach(outside, a.endpoints[0].ipv4, 80));
	CHECK(!publish(&a, "a", NULL, &port, 1));
	CHECK(cannot_reach(outside, "192.0.2.1", 8080));
	/* Even a container that adds a route itself gets no further than the bridge. */
	run_tool_in(a.netns, "ip route add default via 172.18.0.1");
	CHECK(cannot_reach(a.netns, "192.0.2.2", 80));
	close(far);
	close(listener);
	box_stop(&a);
	box_stop(&b);
	box_stop(&c);
	CHECK_OK(network_destroy(&context, "inner", &err));
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(ipv6_networks_work_without_waiting)
{
	struct network network;
	struct box a, b;
	int listener, far, outside;

	if (!host_start())
		return;
	outside = outside_start();
	network = make_network("six", false, true);
	make_network("four", false, false);
	CHECK_INT(network.subnet_count, 2);
	CHECK(strncmp(network.subnets[1].subnet, "fd", 2) == 0);
	a = box_start("a", "six", "four");
	b = box_start("b", "six", NULL);
	CHECK(a.endpoints[0].ipv6 && a.endpoints[0].is_gateway6);
	CHECK(!a.endpoints[1].ipv6);
	listener = listen_at(a.netns, a.endpoints[0].ipv6, 80, SOCK_STREAM);
	CHECK(can_reach(b.netns, a.endpoints[0].ipv6, 80));
	CHECK(can_reach(-1, a.endpoints[0].ipv6, 80));
	far = listen_at(outside, "::", 80, SOCK_STREAM);
	CHECK(can_reach(a.netns, "2001:db8::2", 80));
	CHECK_TEXT(peer_of(far), "2001:db8::1");
	CHECK_TEXT(run_tool_in(a.netns, "cat /proc/sys/net/ipv6/conf/eth1/disable_ipv6"), "1\n");
	CHECK_TEXT(run_tool_in(a.netns, "cat /proc/sys/net/ipv6/conf/eth0/accept_ra"), "0\n");
	close(listener);
	close(far);
	box_stop(&a);
	box_stop(&b);
	CHECK_OK(network_destroy(&context, "six", &err));
	CHECK_OK(network_destroy(&context, "four", &err));
	check_clean();
	close(outside);
	host_stop();
}

TEST(a_flushed_ruleset_and_a_lost_bridge_come_back)
{
	struct port_request port = {.protocol = "tcp", .host_port = 8080, .container_port = 80};
	struct port_holder *holder;
	const char *before, *after;
	struct network network;
	struct box a, b;
	int listener;

	if (!host_start())
		return;
	network = make_network("front", false, false);
	make_network("back", false, false);
	a = box_start("a", "front", NULL);
	holder = publish(&a, "a", NULL, &port, 1);
	before = run_tool("nft list ruleset");
	run_tool("nft flush ruleset");
	CHECK_OK(network_restore(&context, "back", &err));
	after = run_tool("nft list ruleset");
	CHECK_INT(strlen(after), strlen(before));
	CHECK(strstr(after, arena_format(&arena, "\"%s\"", network.bridge)));
	CHECK(strstr(after, "tcp . 8080 : 172.18.0.2 . 80"));
	CHECK(strstr(after, "172.18.0.0/16, 172.19.0.0/16"));
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(can_reach(-1, "127.0.0.1", 8080));
	run_tool("ip link del $(ip -o link show type bridge | sed -n '2s/[^ ]* "
		 "\\([^:]*\\):.*/\\1/p')");
	b = box_start("b", "back", NULL);
	CHECK_TEXT(b.endpoints[0].ipv4, "172.19.0.2");
	close(listener);
	ports_release(holder);
	box_stop(&a);
	box_stop(&b);
	CHECK_OK(network_destroy(&context, "front", &err));
	CHECK_OK(network_destroy(&context, "back", &err));
	check_clean();
	host_stop();
}

TEST(static_addresses_priorities_names_and_sysctls_are_honoured)
{
	struct network_subnet subnet = {.subnet = "10.77.0.0/24", .ip_range = "10.77.0.128/25"};
	struct network network = {
		.name = "fixed",
		.enable_ipv4 = true,
		.subnets = &subnet,
		.subnet_count = 1,
	};
	struct pair option = {"com.docker.network.endpoint.sysctls",
			      "net.ipv4.conf.IFNAME.log_martians=1"};
	struct endpoint_request wanted[2] = {
		{.network = "fixed",
		 .ipv4 = "10.77.0.5",
		 .mac = "02:00:00:00:00:05",
		 .interface_name = "data0",
		 .options = &option,
		 .option_count = 1},
		{.network = "other", .gw_priority = 1},
	};
	struct attach_request request = {
		.container_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.container_name = "fixed-1",
		.endpoints = wanted,
		.endpoint_count = 2,
	};
	struct endpoint endpoints[2];
	struct box other;

	if (!host_start())
		return;
	CHECK_OK(network_create(&context, &network, &arena, &err));
	CHECK_TEXT(network.subnets[0].gateway, "10.77.0.1");
	make_network("other", false, false);
	request.netns_fd = netns_create(&err);
	CHECK_OK(network_attach(&context, &request, endpoints, &arena, &err));
	CHECK_TEXT(endpoints[0].ipv4, "10.77.0.5");
	CHECK_TEXT(endpoints[0].interface_name, "data0");
	CHECK_TEXT(endpoints[1].interface_name, "eth0");
	CHECK(!endpoints[0].is_gateway4 && endpoints[1].is_gateway4);
	CHECK(strstr(run_tool_in(request.netns_fd, "ip link show data0"), "02:00:00:00:00:05"));
	CHECK_TEXT(run_tool_in(request.netns_fd, "cat /proc/sys/net/ipv4/conf/data0/log_martians"),
		   "1\n");
	CHECK(strstr(run_tool_in(request.netns_fd, "ip route"), "default via 172.18.0.1 dev eth0"));
	other = box_start("b", "fixed", NULL);
	CHECK_TEXT(other.endpoints[0].ipv4, "10.77.0.128");
	/* The same address again, for somebody else. */
	request.container_id = "ff23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	CHECK(network_attach(&context, &request, endpoints, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_CONFLICT);
	CHECK(strstr(err.text, "address already in use"));
	host_stop();
}

TEST(a_repeated_attachment_replaces_the_half_made_one)
{
	struct box a, again;

	if (!host_start())
		return;
	make_network("front", false, false);
	a = box_start("a", "front", NULL);
	again = box_start("a", "front", NULL);
	CHECK_TEXT(a.id, again.id);
	CHECK(strstr(run_tool("ip -o link show | grep -c ': cor'"), "1"));
	box_stop(&again);
	close(a.netns);
	CHECK_OK(network_destroy(&context, "front", &err));
	check_clean();
	host_stop();
}

TEST(options_change_bridge_and_isolation)
{
	struct pair options[] = {
		{"com.docker.network.bridge.name", "mybridge0"},
		{"com.docker.network.bridge.enable_icc", "false"},
		{"com.docker.network.driver.mtu", "1400"},
	};
	struct network network = {
		.name = "custom",
		.enable_ipv4 = true,
		.options = options,
		.option_count = 3,
	};
	struct box a, b;
	int listener;

	if (!host_start())
		return;
	CHECK_OK(network_create(&context, &network, &arena, &err));
	CHECK_TEXT(network.bridge, "mybridge0");
	a = box_start("a", "custom", NULL);
	b = box_start("b", "custom", NULL);
	listener = listen_at(b.netns, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(strstr(run_tool("ip link show mybridge0"), "mtu 1400"));
	CHECK(cannot_reach(a.netns, b.endpoints[0].ipv4, 80));
	CHECK(can_reach(-1, b.endpoints[0].ipv4, 80));
	close(listener);
	options[1].value = "perhaps";
	network = (struct network){
		.name = "bad", .enable_ipv4 = true, .options = options, .option_count = 2};
	CHECK(network_create(&context, &network, &arena, &err) < 0);
	CHECK_INT(err.code, ERROR_INVALID);
	CHECK(strstr(err.text, "enable_icc=perhaps"));
	host_stop();
}

TEST(without_masquerading_answers_come_back_and_intruders_do_not)
{
	struct pair option = {"com.docker.network.bridge.enable_ip_masquerade", "false"};
	struct network network = {
		.name = "routed", .enable_ipv4 = true, .options = &option, .option_count = 1};
	struct box a;
	int outside, far, listener;

	if (!host_start())
		return;
	outside = outside_start();
	CHECK_OK(network_create(&context, &network, &arena, &err));
	a = box_start("a", "routed", NULL);
	far = listen_at(outside, "0.0.0.0", 80, SOCK_STREAM);
	listener = listen_at(a.netns, "0.0.0.0", 80, SOCK_STREAM);
	CHECK(can_reach(a.netns, "192.0.2.2", 80));
	CHECK_TEXT(peer_of(far), "172.18.0.2");
	CHECK(cannot_reach(outside, "172.18.0.2", 80));
	close(far);
	close(listener);
	close(outside);
	host_stop();
}

TEST(the_mtu_is_that_of_the_default_route)
{
	struct network network;
	int outside;
	struct box a;

	if (!host_start())
		return;
	outside = outside_start();
	run_tool("ip link set up0 mtu 1420 && ip route add default via 192.0.2.2");
	network = make_network("front", false, false);
	CHECK_INT(network.mtu, 1420);
	a = box_start("a", "front", NULL);
	CHECK(strstr(run_tool_in(a.netns, "ip link show eth0"), "mtu 1420"));
	close(outside);
	host_stop();
}

static char warning[512];

static void note_warning(enum log_level level, const char *text, void *data)
{
	(void)data;
	if (level == LOG_LEVEL_WARNING)
		snprintf(warning, sizeof(warning), "%s", text);
}

TEST(a_foreign_table_that_drops_is_reported_and_left_alone)
{
	struct network network;

	if (!host_start())
		return;
	run_tool("nft 'add table inet other' && nft 'add chain inet other f { type filter hook "
		 "forward priority 0; policy drop; }'");
	log_set_sink(note_warning, NULL);
	network = make_network("front", false, false);
	CHECK(strstr(run_tool("nft list ruleset"), "table inet other"));
	CHECK_OK(network_destroy(&context, network.name, &err));
	CHECK(strstr(run_tool("nft list ruleset"), "policy drop"));
	CHECK(strstr(warning, "'other'") && strstr(warning, "drops forwarded packets"));
	log_set_sink(NULL, NULL);
	host_stop();
}

TEST(what_costs_nothing_beside_many_networks)
{
	struct net_context blind;

	if (!host_start())
		return;
	for (int i = 0; i < 40; i++) {
		auto_arena struct arena own = {0};
		struct network network = {.name = arena_format(&own, "n%d", i),
					  .enable_ipv4 = true};
		const char *begin = arena_alloc(&own, 1), *end;

		CHECK_OK(network_create(&context, &network, &own, &err));
		end = arena_alloc(&own, 1);
		CHECK(end > begin && end - begin < 4096); /* no others in the caller's memory */
	}
	/* These do not look at the networks at all. */
	blind = context;
	blind.config_dirfd = -1;
	CHECK_INT(firewall_docker_sync(&blind, &err), 0);
	CHECK_OK(lease_drop(&blind, NULL, 0, &err));
	CHECK_OK(lease_links(&blind, NULL, 0, NULL, &err));
	host_stop();
}

static double milliseconds_since(int64_t start)
{
	return (double)(units_monotonic_ns() - start) / 1e6;
}

TEST(fifty_containers_come_and_go_quickly)
{
	struct box boxes[50];
	char *ids[50], names[50][16];
	int64_t start;

	if (!host_start())
		return;
	start = units_monotonic_ns();
	make_network("front", false, false);
	print_message("create: %.2f ms\n", milliseconds_since(start));
	start = units_monotonic_ns();
	for (int i = 0; i < 50; i++) {
		snprintf(names[i], sizeof(names[i]), "box-%d", i);
		boxes[i] = box_start(names[i], "front", NULL);
		ids[i] = boxes[i].id;
	}
	print_message("attach 50: %.2f ms with their namespaces\n", milliseconds_since(start));
	start = units_monotonic_ns();
	CHECK_OK(network_detach(&context, ids, 50, &err));
	print_message("detach 50: %.2f ms\n", milliseconds_since(start));
	start = units_monotonic_ns();
	CHECK_OK(network_destroy(&context, "front", &err));
	print_message("destroy: %.2f ms\n", milliseconds_since(start));
	for (int i = 0; i < 50; i++)
		close(boxes[i].netns);
	check_clean();
	host_stop();
}

/* Runs @work in @count processes at once. */
static void in_parallel(int count, void (*work)(int number))
{
	pid_t pids[64];

	for (int i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			work(i);
			_exit(0);
		}
	}
	for (int i = 0; i < count; i++)
		CHECK_INT(process_reap(pids[i]), 0);
}

static void require(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s\n", err.text);
	_exit(1);
}

static void make_numbered(int number)
{
	struct network network = {.name = arena_format(&arena, "net-%d", number % 10),
				  .enable_ipv4 = true};

	/* Two processes want each network; one gets it. */
	if (network_create(&context, &network, &arena, &err) < 0 && err.code != ERROR_CONFLICT)
		require(-1);
}

static int shared_namespaces[50];

static void attach_numbered(int number)
{
	struct port_request port = {
		.protocol = "tcp", .host_port = (uint16_t)(9000 + number), .container_port = 80};
	struct endpoint_request wanted = {.network = "net-0"};
	struct attach_request request = {
		.container_id = arena_format(&arena, "%064x", number + 1),
		.container_name = arena_format(&arena, "box-%d", number),
		.netns_fd = shared_namespaces[number],
		.endpoints = &wanted,
		.endpoint_count = 1,
	};
	char *networks[] = {(char *)"net-0", NULL};
	struct ports_result result;
	struct endpoint endpoint;

	require(network_attach(&context, &request, &endpoint, &arena, &err));
	require(ports_publish(&context,
			      &(struct ports_request){
				      .container_id = request.container_id,
				      .container_name = request.container_name,
				      .endpoint = &endpoint,
				      .ports = &port,
				      .port_count = 1,
			      },
			      &result, &arena, &err));
	require(network_announce(&context, request.container_id, networks, true, &err));
}

static void detach_numbered(int number)
{
	char *ids[] = {arena_format(&arena, "%064x", number + 1)};

	require(network_detach(&context, ids, 1, &err));
}

TEST(many_processes_at_once_do_not_get_in_each_others_way)
{
	int64_t start;
	char **users;
	int count = 0;

	if (!host_start())
		return;
	in_parallel(20, make_numbered);
	for (int i = 0; i < 50; i++)
		shared_namespaces[i] = netns_create(&err);
	start = units_monotonic_ns();
	in_parallel(50, attach_numbered);
	print_message("attach and publish 50 in parallel: %.2f ms\n", milliseconds_since(start));
	CHECK_OK(network_users(&context, "net-0", &users, &arena, &err));
	while (users[count])
		count++;
	CHECK_INT(count, 50);
	CHECK_TEXT(run_tool("nft list map inet $(nft list tables inet | awk '{print $3}') ports4 | "
			    "grep -c '172[.]'"),
		   "50\n");
	CHECK_TEXT(
		run_tool(
			"nft list ruleset | grep -oE '172.[0-9]*.0.[0-9]+ . 80' | sort -u | wc -l"),
		"50\n");
	start = units_monotonic_ns();
	in_parallel(50, detach_numbered);
	print_message("detach 50 in parallel: %.2f ms\n", milliseconds_since(start));
	for (int i = 0; i < 10; i++)
		CHECK_OK(network_destroy(&context, arena_format(&arena, "net-%d", i), &err));
	check_clean();
	for (int i = 0; i < 50; i++)
		close(shared_namespaces[i]);
	host_stop();
}

/* Commands are killed at any moment; what is left can always be cleaned up with the same calls. */
TEST(killed_commands_leave_nothing_that_detach_and_destroy_cannot_remove)
{
	if (!host_start())
		return;
	for (int i = 0; i < 40; i++) {
		char *ids[] = {arena_format(&arena, "%064x", 1)};
		pid_t pid;

		shared_namespaces[0] = netns_create(&err);
		pid = fork();
		if (pid == 0) {
			make_numbered(0);
			attach_numbered(0);
			_exit(0);
		}
		usleep((useconds_t)(i * 700));
		kill(pid, SIGKILL);
		process_reap(pid);
		CHECK_OK(network_detach(&context, ids, 1, &err));
		if (network_destroy(&context, "net-0", &err) < 0)
			CHECK_INT(err.code, ERROR_NOT_FOUND);
		close(shared_namespaces[0]);
	}
	make_numbered(0);
	CHECK_OK(network_destroy(&context, "net-0", &err));
	check_clean();
	host_stop();
}

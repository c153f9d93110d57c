/* SPDX-License-Identifier: Apache-2.0 */
#include "net/claims.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "tests/harness/harness.h"

static const char *const one = "1111111111111111111111111111111111111111111111111111111111111111";
static const char *const two = "2222222222222222222222222222222222222222222222222222222222222222";

static struct claim make(const char *id, const char *share, const char *host, uint16_t port)
{
	struct claim claim = {
		.container_id = id,
		.container_name = "name\twith\nodd bytes",
		.share = share,
		.is_ready = true,
		.protocol = IPPROTO_TCP,
		.host_port = port,
		.target_port = 80,
	};

	CHECK(cidr_parse_address(&claim.host, host));
	CHECK(cidr_parse_address(&claim.relay, "172.18.0.2"));
	if (claim.host.family == AF_INET)
		claim.target = claim.relay;
	return claim;
}

/* The pid of its writer may be somebody else's by now, or still wait for its parent. */
TEST(a_sweep_takes_what_a_killed_writer_left_whoever_has_its_pid)
{
	int dir = test_directory(NULL);
	char own[64], other[64];

	snprintf(own, sizeof(own), ".ports.%d.tmp", getpid());
	snprintf(other, sizeof(other), "table.%d.tmp", getpid());
	close(openat(dir, own, O_WRONLY | O_CREAT, 0600));
	close(openat(dir, other, O_WRONLY | O_CREAT, 0600));
	claims_sweep(dir);
	CHECK(faccessat(dir, own, F_OK, 0) < 0);
	CHECK(faccessat(dir, other, F_OK, 0) == 0);
	close(dir);
}

TEST(claims_survive_the_file)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena}, read;
	struct error err = {0};
	int dir = test_directory(NULL);

	CHECK_OK(claims_load(dir, &read, &arena, &err));
	CHECK_INT(read.count, 0);
	*claims_add(&claims) = make(one, NULL, "0.0.0.0", 80);
	*claims_add(&claims) = make(one, "a/b", "::", 81);
	claims.items[1].is_ready = false;
	CHECK_OK(claims_save(dir, &claims, &err));
	CHECK_OK(claims_load(dir, &read, &arena, &err));
	CHECK_INT(read.count, 2);
	CHECK_TEXT(read.items[0].container_name, "name with odd bytes");
	CHECK(!read.items[0].share && read.items[0].is_ready);
	CHECK(read.items[0].target.address == 0xac120002);
	CHECK_TEXT(read.items[1].share, "a/b");
	CHECK(!read.items[1].is_ready && read.items[1].target.family == 0);
	CHECK(read.items[1].host.family == AF_INET6 && read.items[1].host_port == 81);
	claims_remove_container(&read, two);
	CHECK_INT(read.count, 2);
	claims_remove_container(&read, one);
	CHECK_INT(read.count, 0);
	arena_release(&arena);
	close(dir);
}

TEST(damaged_lines_are_skipped)
{
	struct arena arena = {0};
	struct claims claims;

	claims_parse(&claims, "\n\t\t\nabc\t\t\t\t\t\t\t\t\t\nnonsense", &arena);
	CHECK_INT(claims.count, 0);
	arena_release(&arena);
}

TEST(conflicts_follow_address_and_share)
{
	static const struct {
		const char *share_a, *host_a, *share_b, *host_b;
		uint16_t port_b;
		bool conflict;
	} rows[] = {
		{NULL, "0.0.0.0", NULL, "0.0.0.0", 80, true},
		{NULL, "0.0.0.0", NULL, "0.0.0.0", 81, false},
		{NULL, "0.0.0.0", NULL, "127.0.0.1", 80, true},
		{NULL, "127.0.0.1", NULL, "0.0.0.0", 80, true},
		{NULL, "127.0.0.1", NULL, "127.0.0.2", 80, false},
		{NULL, "0.0.0.0", NULL, "::", 80, false},
		{"p/web", "0.0.0.0", "p/web", "0.0.0.0", 80, false},
		{"p/web", "0.0.0.0", "q/web", "0.0.0.0", 80, true},
		{"p/web", "0.0.0.0", NULL, "0.0.0.0", 80, true},
		{"p/web", "0.0.0.0", "p/web", "127.0.0.1", 80, true},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct claims claims = {.arena = &arena};
		struct claim wanted = make(two, rows[i].share_b, rows[i].host_b, rows[i].port_b);

		*claims_add(&claims) = make(one, rows[i].share_a, rows[i].host_a, 80);
		if ((claims_find_conflict(&claims, &wanted) != NULL) != rows[i].conflict)
			fail_msg("row %zu", i);
	}
	arena_release(&arena);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "net/claims.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
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
	claims.items[1].is_first = true;
	CHECK_OK(claims_save(dir, &claims, &err));
	CHECK_OK(claims_load(dir, &read, &arena, &err));
	CHECK_INT(read.count, 2);
	CHECK_TEXT(read.items[0].container_name, "name with odd bytes");
	CHECK(!read.items[0].share && read.items[0].is_ready);
	CHECK(read.items[0].target.address == 0xac120002);
	CHECK_TEXT(read.items[1].share, "a/b");
	CHECK(!read.items[1].is_ready && read.items[1].is_first);
	CHECK(read.items[1].target.family == 0);
	CHECK(read.items[1].host.family == AF_INET6 && read.items[1].host_port == 81);
	claims_remove_containers(&read, (char *[]){(char *)two}, 1);
	CHECK_INT(read.count, 2);
	claims_remove_containers(&read, (char *[]){(char *)two, (char *)one}, 2);
	CHECK_INT(read.count, 0);
	arena_release(&arena);
	close(dir);
}

static int write_text(int dir, const char *text, size_t length)
{
	int fd = openat(dir, ".ports", O_WRONLY | O_CREAT | O_APPEND, 0600);
	bool is_whole = write(fd, text, length) == (ssize_t)length;

	close(fd);
	return is_whole ? 0 : -1;
}

static void count_warnings(enum log_level level, const char *text, void *data)
{
	int *count = data;

	CHECK_INT(level, LOG_LEVEL_WARNING);
	CHECK(strstr(text, "line 2 of the published ports") &&
	      strstr(text, "stop and start the container"));
	++*count;
}

TEST(damaged_lines_are_told_of_and_hide_no_others)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};
	struct error err = {0};
	int dir = test_directory(NULL), warnings = 0;

	*claims_add(&claims) = make(one, NULL, "0.0.0.0", 80);
	CHECK_OK(claims_save(dir, &claims, &err));
	CHECK(write_text(dir, "half\0a line\n", 12) == 0);
	log_set_sink(count_warnings, &warnings);
	CHECK_OK(claims_load(dir, &claims, &arena, &err));
	CHECK_INT(claims.count, 1);
	CHECK_OK(claims_load(dir, &claims, &arena, &err));
	CHECK_INT(warnings, 1);
	log_set_sink(NULL, NULL);
	arena_release(&arena);
	close(dir);
}

/* On a full disk, too. */
TEST(ports_are_given_back_in_place)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};
	struct error err = {0};
	struct stat before, after;
	int dir = test_directory(NULL);

	CHECK_OK(claims_strike(dir, (char *[]){(char *)one}, 1, &err));
	*claims_add(&claims) = make(one, NULL, "0.0.0.0", 80);
	*claims_add(&claims) = make(two, NULL, "0.0.0.0", 81);
	*claims_add(&claims) = make(one, NULL, "::", 80);
	CHECK_OK(claims_save(dir, &claims, &err));
	CHECK(fstatat(dir, ".ports", &before, 0) == 0);
	CHECK_OK(claims_strike(dir, (char *[]){(char *)one}, 1, &err));
	CHECK(fstatat(dir, ".ports", &after, 0) == 0);
	CHECK(before.st_ino == after.st_ino && before.st_size == after.st_size);
	CHECK_OK(claims_load(dir, &claims, &arena, &err));
	CHECK_INT(claims.count, 1);
	CHECK_INT(claims.damaged_count, 0);
	CHECK_TEXT(claims.items[0].container_id, two);
	CHECK_OK(claims_save(dir, &claims, &err));
	CHECK(fstatat(dir, ".ports", &after, 0) == 0 && after.st_size < before.st_size);
	arena_release(&arena);
	close(dir);
}

TEST(damaged_lines_are_skipped)
{
	struct arena arena = {0};
	struct claims claims;

	claims_parse(&claims, "\n#\t\t\nabc\t\t\t\t\t\t\t\t\t\n\nnonsense", &arena);
	CHECK_INT(claims.count, 0);
	CHECK_INT(claims.damaged_count, 2);
	CHECK_INT(claims.damaged_line, 3);
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

TEST(conflicts_are_found_among_claims_that_come_and_go)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};
	char *ids[] = {(char *)one};

	for (uint16_t port = 1; port < 1000; port++) {
		struct claim wanted = make(two, NULL, "0.0.0.0", port);

		CHECK(!claims_find_conflict(&claims, &wanted));
		*claims_add(&claims) = make(one, NULL, "0.0.0.0", port);
		CHECK(claims_find_conflict(&claims, &wanted) == &claims.items[port - 1]);
	}
	*claims_add(&claims) = make(two, NULL, "127.0.0.1", 5);
	claims_remove_containers(&claims, ids, 1);
	for (uint16_t port = 1; port < 1000; port++) {
		struct claim wanted = make(two, NULL, "0.0.0.0", port);

		CHECK((claims_find_conflict(&claims, &wanted) != NULL) == (port == 5));
	}
	arena_release(&arena);
}

TEST(a_share_is_one_with_others)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};

	*claims_add(&claims) = make(one, NULL, "0.0.0.0", 70);
	*claims_add(&claims) = make(one, "p/web", "0.0.0.0", 80);
	claims.items[1].is_ready = true;
	CHECK(!claims_are_shared(&claims, NULL, two));
	CHECK(!claims_are_shared(&claims, "p/web", one));
	CHECK(!claims_are_shared(&claims, "p/db", two));
	CHECK(claims_are_shared(&claims, "p/web", two));
	claims.items[1].is_ready = false;
	CHECK(!claims_are_shared(&claims, "p/web", two));
	arena_release(&arena);
}

static void note_port(const struct claim *const *holders, size_t count, void *data)
{
	struct strbuf *seen = data;

	strbuf_printf(seen, "%u:", holders[0]->host_port);
	for (size_t i = 0; i < count; i++)
		strbuf_add_char(seen, holders[i]->container_id[0]);
	strbuf_add_char(seen, ' ');
}

static void check_ports(const struct claims *claims, const char *wanted)
{
	struct strbuf seen = {0};

	claims_each_port(claims, note_port, &seen);
	CHECK_TEXT(strbuf_text(&seen), wanted);
	strbuf_release(&seen);
}

TEST(who_is_left_in_a_share_is_before_those_who_come)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};

	*claims_add(&claims) = make(one, "p/web", "0.0.0.0", 80);
	*claims_add(&claims) = make(two, "p/web", "0.0.0.0", 80);
	*claims_add(&claims) = make(one, "p/api", "0.0.0.0", 90);
	*claims_add(&claims) = make(two, NULL, "0.0.0.0", 70);
	for (size_t i = 0; i < claims.count; i++)
		claims.items[i].is_ready = false;
	claims.items[0].is_first = claims.items[2].is_ready = true;
	claims_hand_on(&claims, NULL);
	CHECK(!claims.items[1].is_first && !claims.items[2].is_first && !claims.items[3].is_first);
	/* Who has just ended is not to stand for those who go on. */
	claims.items[0].is_first = false;
	claims_hand_on(&claims, one);
	CHECK(!claims.items[0].is_first && claims.items[1].is_first);
	claims.items[1].is_first = false;
	claims_hand_on(&claims, NULL);
	CHECK(claims.items[0].is_first && claims.items[1].is_first && !claims.items[3].is_first);
	arena_release(&arena);
}

TEST(each_port_is_visited_once_with_who_gets_its_connections)
{
	struct arena arena = {0};
	struct claims claims = {.arena = &arena};

	check_ports(&claims, "");
	*claims_add(&claims) = make(two, "p/web", "0.0.0.0", 80);
	*claims_add(&claims) = make(two, NULL, "0.0.0.0", 70);
	*claims_add(&claims) = make(one, "p/web", "0.0.0.0", 80);
	*claims_add(&claims) = make(one, "p/web", "::", 80); /* its container has no such address */
	cidr_parse_address(&claims.items[0].target, "172.18.0.3");
	check_ports(&claims, "70:2 80:12 ");
	claims.items[2].is_ready = claims.items[3].is_ready = false;
	check_ports(&claims, "70:2 80:2 ");
	claims.items[0].is_ready = false;
	check_ports(&claims, "70:2 80:12 ");
	CHECK(!claims_is_outranked(&claims, &claims.items[0]));
	/* Whom others have joined before it was known to listen keeps its connections. */
	claims.items[2].is_first = true;
	check_ports(&claims, "70:2 80:1 ");
	CHECK(claims_is_outranked(&claims, &claims.items[0]));
	CHECK(!claims_is_outranked(&claims, &claims.items[2]));
	claims.items[0].is_ready = true;
	check_ports(&claims, "70:2 80:2 ");
	CHECK(claims_is_outranked(&claims, &claims.items[2]));
	CHECK_INT(claims_of_port(&claims, &claims.items[0], &arena).count, 2);
	arena_release(&arena);
}

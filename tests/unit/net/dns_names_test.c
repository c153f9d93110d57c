/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_names.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "net/responder/dns_view.h"
#include "tests/harness/harness.h"

static struct error err;

static bool find_table(void *data, int *fd)
{
	*fd = dns_names_open(*(int *)data, "front");
	return true;
}

static void start_view(struct dns_view *view, int *dir)
{
	*view = (struct dns_view){.network = "front", .find_table = find_table, .data = dir};
	dns_view_refresh(view);
}

static void fill(struct dns_table *table, struct arena *arena, size_t count)
{
	*table = (struct dns_table){.arena = arena};
	CHECK_OK(cidr_parse(&table->subnet4, "172.18.0.0/16", &err));
	for (size_t i = 0; i < count; i++) {
		struct dns_lease *lease =
			dns_names_add(table, arena_format(arena, "%064zx", i + 1));
		char **names = arena_array(arena, 3, sizeof(char *));

		lease->container_name = arena_format(arena, "web-%zu", i);
		lease->project = i % 2 ? "odd" : NULL;
		lease->ipv4 = 0xac120002 + i;
		names[0] = arena_format(arena, "web-%zu", i);
		names[1] = arena_string(arena, "web");
		lease->names = names;
		lease->is_visible = true;
	}
	table->last4 = 0xac120001 + count;
}

TEST(a_table_is_read_as_it_was_written)
{
	struct arena arena = {0};
	struct dns_table table, read;
	int dir = test_directory(NULL);

	CHECK_OK(dns_names_load(dir, "front", &read, &arena, &err));
	CHECK_INT(read.count, 0);
	fill(&table, &arena, 3);
	CHECK_OK(dns_names_save(dir, "front", &table, &err));
	CHECK_OK(dns_names_load(dir, "front", &read, &arena, &err));
	CHECK_INT(read.count, 3);
	CHECK_TEXT(read.leases[1].container_name, "web-1");
	CHECK_TEXT(read.leases[1].project, "odd");
	CHECK(!read.leases[0].project);
	CHECK(read.leases[2].ipv4 == 0xac120004 && read.last4 == 0xac120004);
	CHECK(read.leases[1].names[0] && read.leases[1].names[1] && !read.leases[1].names[2]);
	CHECK_INT(read.subnet4.prefix, 16);
	arena_release(&arena);
	close(dir);
}

TEST(a_thousand_containers_are_found_and_readers_follow_changes)
{
	struct arena arena = {0};
	struct dns_table table;
	struct dns_match matches[2000];
	struct dns_view view;
	int dir = test_directory(NULL);
	char id[65];
	bool is_inside;

	start_view(&view, &dir);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 2000), 0);
	fill(&table, &arena, 1500);
	CHECK_OK(dns_names_save(dir, "front", &table, &err));
	dns_view_refresh(&view);
	CHECK_INT(dns_view_find(&view, "WEB", 3, matches, 2000), 1500);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 10), 10);
	CHECK_INT(dns_view_find(&view, "web-1499", 8, matches, 2000), 1);
	CHECK_INT(ntohl(matches[0].ipv4.s_addr), 0xac120002 + 1499);
	CHECK_TEXT(matches[0].project, "odd");
	CHECK(matches[0].has_ipv4 && !matches[0].has_ipv6);
	CHECK_INT(dns_view_find(&view, "web-1500", 8, matches, 2000), 0);
	/* Visibility is a store into what the reader has mapped. */
	snprintf(id, sizeof(id), "%064x", 1500);
	CHECK_OK(dns_names_set_visible(dir, "front", id, false, &err));
	CHECK_INT(dns_view_find(&view, "web-1499", 8, matches, 2000), 0);
	CHECK_TEXT(dns_view_reverse(&view, AF_INET, (const uint8_t *)"\254\22\0\2", &is_inside),
		   "web-0");
	CHECK(!dns_view_reverse(&view, AF_INET, (const uint8_t *)"\254\22\377\2", &is_inside));
	CHECK(is_inside);
	CHECK(!dns_view_reverse(&view, AF_INET, (const uint8_t *)"\10\10\10\10", &is_inside));
	CHECK(!is_inside);
	table.count = 1;
	CHECK_OK(dns_names_save(dir, "front", &table, &err));
	dns_view_refresh(&view);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 2000), 1);
	CHECK_OK(dns_names_remove(dir, "front", &err));
	dns_view_refresh(&view);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 2000), 0);
	dns_view_release(&view);
	arena_release(&arena);
	close(dir);
}

/* Writers are killed at any instruction; the reader sees one of the two tables, never anything
 * else, and the next writer succeeds. */
TEST(killed_writers_leave_a_whole_table)
{
	struct arena arena = {0};
	struct dns_table small, large;
	struct dns_match matches[512];
	struct dns_view view;
	int dir = test_directory(NULL);

	fill(&small, &arena, 3);
	fill(&large, &arena, 300);
	CHECK_OK(dns_names_save(dir, "front", &small, &err));
	start_view(&view, &dir);
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		size_t count;

		if (pid == 0)
			for (int n = 0;; n++)
				dns_names_save(dir, "front", n % 2 ? &small : &large, NULL);
		usleep((useconds_t)(1000 + i * 37));
		dns_view_refresh(&view);
		count = dns_view_find(&view, "web", 3, matches, 512);
		CHECK(count == 3 || count == 300);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		dns_view_refresh(&view);
		count = dns_view_find(&view, "web", 3, matches, 512);
		CHECK(count == 3 || count == 300);
	}
	CHECK_OK(dns_names_save(dir, "front", &small, &err));
	usleep(2000); /* who has found no successor again and again does not look for a moment */
	dns_view_refresh(&view);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 512), 3);
	dns_view_release(&view);
	arena_release(&arena);
	close(dir);
}

/* On a full disk, too: the file stays the same one, and so does what readers have mapped. */
TEST(leases_are_given_back_in_place)
{
	struct arena arena = {0};
	struct dns_table table;
	struct dns_match matches[8];
	struct dns_view view;
	struct stat before, after;
	int dir = test_directory(NULL);
	char id[65];
	char nobody[] = "nobody";
	char *ids[] = {id, nobody};

	fill(&table, &arena, 3);
	CHECK_OK(dns_names_save(dir, "front", &table, &err));
	start_view(&view, &dir);
	CHECK(fstatat(dir, "front/table", &before, 0) == 0);
	snprintf(id, sizeof(id), "%064x", 2);
	CHECK_OK(dns_names_strike(dir, "front", ids, 2, &err));
	CHECK(fstatat(dir, "front/table", &after, 0) == 0 && before.st_ino == after.st_ino);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 8), 2);
	CHECK_INT(dns_view_find(&view, "web-1", 5, matches, 8), 0);
	CHECK_OK(dns_names_load(dir, "front", &table, &arena, &err));
	CHECK_INT(table.count, 2);
	CHECK(!dns_names_find(&table, id));
	CHECK_TEXT(table.leases[1].container_name, "web-2");
	CHECK(strcmp(table.leases[1].names[0], "web-2") == 0 ||
	      strcmp(table.leases[1].names[1], "web-2") == 0);
	CHECK(table.last4 == 0xac120004);
	dns_view_release(&view);
	arena_release(&arena);
	close(dir);
}

TEST(damaged_tables_are_empty_ones)
{
	struct arena arena = {0};
	struct dns_table table;
	struct dns_match matches[8];
	struct dns_view view;
	int dir = test_directory(NULL), fd;

	fill(&table, &arena, 3);
	CHECK_OK(dns_names_save(dir, "front", &table, &err));
	fd = openat(dir, "front/table", O_RDWR | O_CLOEXEC);
	CHECK(pwrite(fd, "\377\377\377\177", 4, 12) == 4); /* lease_count */
	CHECK_OK(dns_names_load(dir, "front", &table, &arena, &err));
	CHECK_INT(table.count, 0);
	start_view(&view, &dir);
	CHECK_INT(dns_view_find(&view, "web", 3, matches, 8), 0);
	dns_view_release(&view);
	CHECK(ftruncate(fd, 20) == 0);
	CHECK_OK(dns_names_load(dir, "front", &table, &arena, &err));
	CHECK_INT(table.count, 0);
	close(fd);
	arena_release(&arena);
	close(dir);
}

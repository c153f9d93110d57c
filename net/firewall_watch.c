/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/units.h"
#include "net/firewall_docker.h"
#include "net/firewall_look.h"
#include "net/nft_listen.h"

/* A new holder begins a moment later: whoever starts a container does not wait for that. */
#define BEGIN_NS (250 * MILLISECOND)
/* Another program may insist: so often the table is restored at most. */
#define PAUSE_NS (100 * MILLISECOND)
/* Whoever could not begin for want of descriptors or memory tries again. */
#define AGAIN_NS (10 * SECOND)

struct firewall_watch {
	const struct net_context *context;
	struct loop *loop;
	struct loop_source turn; /* the role is free */
	struct loop_source news, docker_news, timer;
	int pipe_fd, listen_fd, docker_fd; /* -1: not ours */
	bool is_holder;
	int64_t restored_ns;
};

int firewall_differs(const struct net_context *context, const char **difference, struct error *err)
{
	auto_close int lock = firewall_lock(context, err);
	int result = lock < 0 ? -1 : firewall_look(context, difference, err);

	return result < 0 ? -1 : result == 0;
}

int firewall_restore(const struct net_context *context, const char **difference, struct error *err)
{
	auto_close int lock = firewall_lock(context, err);
	int result = lock < 0 ? -1 : firewall_look(context, difference, err);

	if (result != 0)
		return result < 0 ? -1 : 0;
	return firewall_rebuild(context, err) < 0 ? -1 : 1;
}

static void tell(const struct net_context *context, const char *difference)
{
	char table[FIREWALL_NAME_SIZE];
	const struct pair attributes[] = {
		{"name", table}, {"type", "nftables"}, {"reason", difference}};

	firewall_table_name(table, context->run_path);
	log_warning("the nftables table '%s' is restored: %s by another program", table,
		    difference);
	event_emit(EVENT_NETWORK, "restore", table, attributes, array_length(attributes));
}

static void restore(struct firewall_watch *watch)
{
	const char *difference;
	struct error err = {0};
	int result = firewall_restore(watch->context, &difference, &err);

	if (result < 0)
		log_warning("%s", err.text);
	if (result <= 0)
		return;
	watch->restored_ns = units_monotonic_ns();
	tell(watch->context, difference);
}

/* Docker may come later than we, or have its rules made anew. */
static void on_docker_news(struct loop_source *source, uint32_t events)
{
	struct firewall_watch *watch = source->data;
	struct error err = {0};
	auto_close int lock = -1;

	(void)events;
	if (!nft_listen_read(source->fd))
		return;
	lock = firewall_lock(watch->context, &err);
	if (lock < 0 || firewall_docker_sync(watch->context, &err) < 0)
		log_warning("%s", err.text);
}

static void on_news(struct loop_source *source, uint32_t events)
{
	struct firewall_watch *watch = source->data;
	int64_t rest = watch->restored_ns + PAUSE_NS - units_monotonic_ns();

	(void)events;
	if (!nft_listen_read(source->fd))
		return;
	if (watch->restored_ns && rest > 0)
		loop_timer_set(&watch->timer, rest, 0);
	else
		restore(watch);
}

static int hear_of(struct firewall_watch *watch, struct loop_source *source, const char *table,
		   int *fd, struct error *err)
{
	source->data = watch;
	cleanup_close(fd);
	*fd = nft_listen(&table, 1, err);
	return *fd < 0 ? -1 : loop_add(watch->loop, source, *fd, EPOLLIN, err);
}

static int begin(struct firewall_watch *watch, struct error *err)
{
	char table[FIREWALL_NAME_SIZE];

	firewall_table_name(table, watch->context->run_path);
	watch->news.handler = on_news;
	watch->docker_news.handler = on_docker_news;
	if (!watch->news.loop && hear_of(watch, &watch->news, table, &watch->listen_fd, err) < 0)
		return -1;
	return hear_of(watch, &watch->docker_news, FIREWALL_DOCKER_TABLE, &watch->docker_fd, err);
}

/* Also what had happened before we listened. */
static void on_timer(struct loop_source *source, uint32_t events)
{
	struct firewall_watch *watch = source->data;
	struct error err = {0};

	(void)events;
	loop_timer_read(source);
	if (!watch->docker_news.loop && begin(watch, &err) < 0) {
		log_warning_once("nobody restores the firewall when another program changes it: %s",
				 err.text);
		loop_timer_set(&watch->timer, AGAIN_NS, 0);
	}
	restore(watch);
}

static void try_role(struct firewall_watch *watch)
{
	struct error err = {0};

	if (watch->is_holder || flock(watch->pipe_fd, LOCK_EX | LOCK_NB) < 0)
		return;
	watch->is_holder = true;
	watch->timer = (struct loop_source){.handler = on_timer, .data = watch};
	if (loop_timer_create(watch->loop, &watch->timer, &err) < 0) {
		log_warning("%s", err.text);
		return;
	}
	loop_timer_set(&watch->timer, BEGIN_NS, 0);
}

static bool take_byte(const struct firewall_watch *watch)
{
	char byte;

	return read(watch->pipe_fd, &byte, 1) == 1;
}

static void on_turn(struct loop_source *source, uint32_t events)
{
	(void)events;
	if (take_byte(source->data))
		try_role(source->data);
}

static int open_pipe(const struct net_context *context, struct error *err)
{
	int fd;

	if (mkfifoat(context->run_dirfd, FIREWALL_WATCH_FILE, 0600) < 0 && errno != EEXIST)
		return error_errno(err, "cannot make the pipe of the firewall's watch");
	fd = openat(context->run_dirfd, FIREWALL_WATCH_FILE,
		    O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? error_errno(err, "cannot open the pipe of the firewall's watch") : fd;
}

int firewall_watch_open(struct firewall_watch **out, const struct net_context *context,
			struct loop *loop, struct error *err)
{
	int fd = open_pipe(context, err);
	struct firewall_watch *watch;

	if (fd < 0)
		return -1;
	watch = alloc_zeroed(1, sizeof(*watch));
	*watch = (struct firewall_watch){
		.context = context, .loop = loop, .pipe_fd = fd, .listen_fd = -1, .docker_fd = -1};
	watch->turn = (struct loop_source){.handler = on_turn, .data = watch};
	if (loop_add(loop, &watch->turn, fd, EPOLLIN | EPOLLEXCLUSIVE, err) < 0) {
		firewall_watch_close(watch);
		return -1;
	}
	try_role(watch);
	*out = watch;
	return 0;
}

/* A byte that came for us alone goes to somebody else. */
void firewall_watch_close(struct firewall_watch *watch)
{
	bool hands_on;

	if (!watch)
		return;
	loop_remove(&watch->turn);
	loop_remove(&watch->news);
	loop_remove(&watch->docker_news);
	loop_timer_release(&watch->timer);
	hands_on = watch->is_holder || take_byte(watch);
	flock(watch->pipe_fd, LOCK_UN);
	if (hands_on && write(watch->pipe_fd, "", 1) < 0)
		log_debug("nobody can be told that the firewall is not watched");
	close(watch->pipe_fd);
	if (watch->listen_fd >= 0)
		close(watch->listen_fd);
	if (watch->docker_fd >= 0)
		close(watch->docker_fd);
	free(watch);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attach_wait.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/container.h"
#include "engine/container_connect.h"
#include "engine/container_start.h"
#include "engine/container_store.h"
#include "engine/control.h"
#include "engine/launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX	    "attach."
#define PATIENCE_MS 10000 /* for one that was told: its process may be stopped */

static struct sockaddr_un address_of(int run_fd, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%.40s", run_fd,
		 name);
	return address;
}

static int open_run(struct engine *engine, const char *id, struct error *err)
{
	int fd = openat(engine->layout.run_containers_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_errno(err, "cannot open the directory of container %.12s", id) : fd;
}

static void own_name(char out[40])
{
	snprintf(out, 40, PREFIX "%d", (int)getpid());
}

int attach_wait_open(struct engine *engine, const char *id, struct error *err)
{
	auto_close int lock_fd = container_lock(engine, id, true, err); /* makes the directory */
	auto_close int run_fd = lock_fd < 0 ? -1 : open_run(engine, id, err);
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	char name[40];

	if (run_fd < 0)
		return -1;
	own_name(name);
	unlinkat(run_fd, name, 0);
	address = address_of(run_fd, name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4) < 0)
		return error_errno(err, "cannot wait for the start of container %.12s", id);
	return take_fd(&fd);
}

void attach_wait_close(struct engine *engine, const char *id, int fd)
{
	auto_close int run_fd = open_run(engine, id, NULL);
	char name[40];

	own_name(name);
	if (run_fd >= 0)
		unlinkat(run_fd, name, 0);
	close(fd);
}

/* @wants: as CONTROL_ATTACH has it. */
static int say_hello(struct engine *engine, const char *id, const char *wants, struct error *err)
{
	struct control_message hello = {.op = CONTROL_ATTACH};
	auto_close int fd = container_connect(engine, id, err);

	if (fd < 0 || control_send(fd, &hello, wants, strlen(wants), err) < 0)
		return -1;
	return take_fd(&fd);
}

int attach_wait_connect(struct engine *engine, const char *id, bool ends_input, struct error *err)
{
	return say_hello(engine, id, ends_input ? "input" : "", err);
}

int attach_wait_join(struct engine *engine, const char *id, int fd, bool ends_input,
		     struct error *err)
{
	/* Closing it is the answer. */
	auto_close int starter_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (starter_fd < 0)
		return error_errno(err, "cannot hear of the start of container %.12s", id);
	return attach_wait_connect(engine, id, ends_input, err);
}

/* Whoever is not there any more has left its socket. */
static void tell(int run_fd, const char *name)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = address_of(run_fd, name);
	struct pollfd item = {.fd = fd, .events = POLLIN};

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		unlinkat(run_fd, name, 0);
		return;
	}
	poll(&item, 1, PATIENCE_MS);
}

static void for_each_waiting(int run_fd, void (*take)(int run_fd, const char *name), size_t *count)
{
	int fd = dup(run_fd);
	auto_closedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	*count = 0;
	if (!directory)
		return;
	rewinddir(directory);
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		(*count)++;
		if (take)
			take(run_fd, entry->d_name);
	}
}

static int start_with_waiting(struct engine *engine, const char *id, int run_fd, struct error *err)
{
	auto_close int start_fd = launch_start(engine, id, true, err);
	auto_close int own_fd = -1;
	size_t count;
	int waits;

	waits = start_fd < 0 ? -1 : launch_wait(start_fd, err);
	if (waits <= 0)
		return waits;
	for_each_waiting(run_fd, tell, &count);
	/* Who waited may have gone: nobody else lets it go then. */
	own_fd = say_hello(engine, id, "nothing", NULL);
	return launch_wait(start_fd, err) < 0 ? -1 : 0;
}

int attach_wait_start(struct engine *engine, const char *id, struct error *err)
{
	auto_close int run_fd = open_run(engine, id, NULL);
	size_t count = 0;

	if (run_fd >= 0)
		for_each_waiting(run_fd, NULL, &count);
	if (!count)
		return container_start(engine, id, err);
	if (start_with_waiting(engine, id, run_fd, err) == 0)
		return 0;
	container_start_failed(engine, id, 0);
	return -1;
}

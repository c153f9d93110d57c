/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/unit/runtime/box.h - real containers out of one static busybox. They need root and
 * /bin/busybox.
 */
#pragma once

#include "tests/harness/harness.h"

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/cgroup.h"
#include "runtime/exec.h"
#include "runtime/spawn.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOX_FUNCTION __attribute__((unused)) static

struct box {
	struct arena arena;
	struct spec spec;
	struct spawned spawned;
	struct error err;
	int root, output;
	char cgroup_path[64];
	int cgroup;
	char text[16384];
};

static char *environment[] = {(char *)"PATH=/bin:/usr/bin", NULL};

BOX_FUNCTION void copy_busybox(int root)
{
	auto_close int from = open("/bin/busybox", O_RDONLY | O_CLOEXEC);
	auto_close int to = -1;
	struct stat about;
	off_t offset = 0;

	mkdirat(root, "bin", 0755);
	mkdirat(root, "etc", 0755);
	mkdirat(root, "tmp", 01777);
	to = openat(root, "bin/busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(fstat(from, &about) == 0);
	while (offset < about.st_size) {
		char buffer[65536];
		ssize_t n = pread(from, buffer, sizeof(buffer), offset);

		CHECK(n > 0 && write(to, buffer, (size_t)n) == n);
		offset += n;
	}
	CHECK(symlinkat("busybox", root, "bin/sh") == 0);
}

BOX_FUNCTION void box_init(struct box *box)
{
	const char *path;

	if (geteuid() != 0 || access("/bin/busybox", X_OK) < 0)
		test_skip("needs root and a static /bin/busybox");
	memset(box, 0, sizeof(*box));
	box->root = test_directory(&path);
	CHECK(fchmod(box->root, 0755) == 0);
	copy_busybox(box->root);
	spec_init_default(&box->spec, &box->arena);
	box->spec.root_path = arena_string(&box->arena, path);
	box->spec.env = environment;
	box->spec.hostname = "box";
	box->output = -1;
	snprintf(box->cgroup_path, sizeof(box->cgroup_path), "coracle-unit/%d", getpid());
	box->cgroup = cgroup_create(box->cgroup_path, &box->spec.resources, &box->err);
	if (box->cgroup < 0)
		fail_msg("%s", box->err.text);
	box->spawned = (struct spawned){-1, -1, -1, -1};
}

BOX_FUNCTION void box_release(struct box *box)
{
	spawn_release(&box->spawned);
	cleanup_close(&box->cgroup);
	cleanup_close(&box->root);
	cleanup_close(&box->output);
	if (cgroup_destroy(box->cgroup_path, &box->err) < 0)
		fail_msg("%s", box->err.text);
	arena_release(&box->arena);
}

BOX_FUNCTION int box_create(struct box *box, char *const *args)
{
	int fds[2];
	struct spawn_request request = {
		.spec = &box->spec,
		.rootfs_fd = -1,
		.netns_fd = -1,
		.stdio_fds = {-1, -1, -1},
		.cgroup_fd = box->cgroup,
	};
	int rc;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	box->spec.args = (char **)args;
	request.stdio_fds[1] = request.stdio_fds[2] = fds[1];
	rc = spawn_create(&box->spawned, &request, &box->err);
	close(fds[1]);
	cleanup_close(&box->output);
	box->output = fds[0];
	return rc;
}

BOX_FUNCTION void read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
}

/* Runs a script to its end; the output is in box->text. */
BOX_FUNCTION int box_run(struct box *box, const char *script)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};

	if (box_create(box, args) < 0 || spawn_start(&box->spawned, &box->err) < 0)
		fail_msg("%s: %s", script, box->err.text);
	read_all(box->output, box->text, sizeof(box->text));
	return process_reap(box->spawned.pid);
}

BOX_FUNCTION int start_failure(struct box *box, const char *program)
{
	char *args[] = {(char *)program, NULL};

	CHECK(box_create(box, args) < 0 || spawn_start(&box->spawned, &box->err) < 0);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	spawn_release(&box->spawned);
	return spawn_exit_code(&box->err);
}

BOX_FUNCTION void write_program(struct box *box, const char *path, const char *text, mode_t mode)
{
	auto_close int fd = openat(box->root, path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Runs in the box, which must be running; output in box->text. */
BOX_FUNCTION int box_exec(struct box *box, struct exec_request *request, const char *script)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	struct exec_process process;
	int fds[2];
	int rc;

	CHECK(pipe2(fds, O_CLOEXEC) == 0);
	request->spec = &box->spec;
	request->init_pid = box->spawned.pid;
	request->init_pidfd = box->spawned.pidfd;
	request->cgroup_fd = box->cgroup;
	request->env = environment;
	if (!request->args)
		request->args = args;
	request->stdio_fds[0] = -1;
	request->stdio_fds[1] = request->stdio_fds[2] = fds[1];
	rc = exec_start(&process, request, &box->err);
	close(fds[1]);
	if (rc == 0) {
		read_all(process.terminal_fd >= 0 ? process.terminal_fd : fds[0], box->text,
			 sizeof(box->text));
		rc = process_reap(process.pid);
		close(process.pidfd);
		cleanup_close(&process.terminal_fd);
	}
	close(fds[0]);
	request->args = NULL;
	return rc;
}

BOX_FUNCTION void box_start_sleeper(struct box *box)
{
	char *args[] = {(char *)"busybox", (char *)"sleep", (char *)"100", NULL};

	if (box_create(box, args) < 0 || spawn_start(&box->spawned, &box->err) < 0)
		fail_msg("%s", box->err.text);
}

BOX_FUNCTION void box_stop(struct box *box)
{
	CHECK(cgroup_kill(box->cgroup, &box->err) == 0);
	CHECK_INT(process_reap(box->spawned.pid), 128 + SIGKILL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container_resume.h"

#include "engine/container.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char id[65];
static struct engine engine;

static struct container ended(enum container_restart policy, bool by_user, int code)
{
	struct container container = {.id = id};

	container.config.restart.condition = policy;
	container.state.status = CONTAINER_EXITED;
	container.state.started_at = "2026-01-02T03:04:05Z";
	container.state.stopped_by_user = by_user;
	container.state.exit_code = code;
	return container;
}

static bool resumes(struct container container)
{
	return container_resumes(&engine, &container);
}

static void set_up(void)
{
	char directory[] = "/tmp/resume-XXXXXX";

	memset(id, 'a', 64);
	CHECK(mkdtemp(directory));
	engine.layout.run_containers_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(rmdir(directory), 0);
}

TEST(policies_after_a_reboot)
{
	set_up();
	CHECK(!resumes(ended(RESTART_NO, false, 255)));
	CHECK(resumes(ended(RESTART_ALWAYS, false, 255)));
	CHECK(resumes(ended(RESTART_ALWAYS, true, 0)));
	CHECK(resumes(ended(RESTART_UNLESS_STOPPED, false, 0)));
	CHECK(!resumes(ended(RESTART_UNLESS_STOPPED, true, 143)));
	CHECK(resumes(ended(RESTART_ON_FAILURE, false, 255)));
	CHECK(!resumes(ended(RESTART_ON_FAILURE, false, 0)));
	CHECK(!resumes(ended(RESTART_ON_FAILURE, true, 143)));
}

TEST(what_never_ran_or_runs_is_left)
{
	struct container container = ended(RESTART_ALWAYS, false, 0);

	set_up();
	container.state.started_at = NULL;
	CHECK(!resumes(container));
	container = ended(RESTART_ALWAYS, false, 0);
	container.state.status = CONTAINER_RUNNING;
	CHECK(!resumes(container));
}

TEST(what_this_boot_has_seen_is_left)
{
	char directory[] = "/tmp/resume-XXXXXX", path[200];
	int fd;

	memset(id, 'b', 64);
	CHECK(mkdtemp(directory));
	engine.layout.run_containers_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(resumes(ended(RESTART_ALWAYS, false, 0)));
	CHECK_INT(mkdirat(engine.layout.run_containers_fd, id, 0700), 0);
	snprintf(path, sizeof(path), "%s/state.json", id);
	fd = openat(engine.layout.run_containers_fd, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	close(fd);
	CHECK(!resumes(ended(RESTART_ALWAYS, false, 0)));
	unlinkat(engine.layout.run_containers_fd, path, 0);
	unlinkat(engine.layout.run_containers_fd, id, AT_REMOVEDIR);
	rmdir(directory);
}

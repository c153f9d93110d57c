/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/copy_stream.h"

#include "base/error.h"
#include "base/process.h"
#include "storage/archive/tar_extract.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PIPE_SIZE (1 << 20)

/* It inherits locks and views, which end with this process. */
static pid_t start_reader(copy_stream_write *write, const void *data, const int stream[2],
			  const int problem[2])
{
	pid_t pid = fork();
	struct error err = {0};

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	close(stream[0]);
	close(problem[0]);
	/* EPIPE: the other side has failed and tells why. */
	if (write(data, stream[1], &err) < 0 && err.code != EPIPE) {
		error_send(problem[1], &err);
		_exit(1);
	}
	_exit(0);
}

static int judge(int result, int problem_fd, const struct error *ours, struct error *err)
{
	struct error theirs = {0};

	if (error_receive(problem_fd, &theirs) > 0)
		return error_pass(err, &theirs);
	if (result < 0)
		return error_pass(err, ours);
	return 0;
}

static int run(copy_stream_write *write, const void *data, struct tar_extract *extract,
	       int stream[2], int problem[2], struct error *err)
{
	struct error ours = {0};
	pid_t pid = start_reader(write, data, stream, problem);
	int result;

	close(stream[1]);
	close(problem[1]);
	if (pid < 0)
		result = error_errno(&ours, "cannot create a process");
	else
		result = tar_extract_run(extract, stream[0], &ours);
	close(stream[0]);
	result = judge(result, problem[0], &ours, err);
	close(problem[0]);
	if (pid > 0)
		process_reap(pid);
	return result;
}

int copy_stream_run(copy_stream_write *write, const void *data, struct tar_extract *extract,
		    struct error *err)
{
	int stream[2] = {-1, -1}, problem[2] = {-1, -1};

	if (pipe2(stream, O_CLOEXEC) < 0)
		return error_errno(err, "cannot create a pipe");
	if (pipe2(problem, O_CLOEXEC) < 0) {
		error_errno(err, "cannot create a pipe");
		close(stream[0]);
		close(stream[1]);
		return -1;
	}
	fcntl(stream[1], F_SETPIPE_SZ, PIPE_SIZE); /* fewer switches; it may be refused */
	return run(write, data, extract, stream, problem, err);
}

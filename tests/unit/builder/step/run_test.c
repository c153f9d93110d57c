/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RUN on a layer that is one static busybox. Needs root and /bin/busybox.
 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "builder/step/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define CHAIN "1111111111111111111111111111111111111111111111111111111111111111"

struct kitchen {
	struct engine engine;
	struct staging staging;
	struct run_request request;
	struct error err;
	struct arena arena;
	const char *path;
	struct strbuf output;
	int steps;
	char directory[16];
};

static char *environment[] = {(char *)"PATH=/bin", (char *)"A=b c", NULL};
static char *chains[] = {(char *)CHAIN, NULL};

static void write_text(int directory, const char *path, const char *text)
{
	auto_close int fd = openat(directory, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && file_write_all(fd, text, strlen(text), NULL) == 0);
}

static void make_layer(struct engine *engine)
{
	auto_close int root = -1, to = -1;
	auto_close int from = open("/bin/busybox", O_RDONLY | O_CLOEXEC);
	auto_strbuf struct strbuf program = {0};

	CHECK(file_make_directories(engine->layout.layers_fd, CHAIN "/diff", 0755, NULL) == 0);
	root = openat(engine->layout.layers_fd, CHAIN "/diff", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && from >= 0);
	CHECK(mkdirat(root, "bin", 0755) == 0 && mkdirat(root, "etc", 0755) == 0);
	CHECK(mkdirat(root, "tmp", 0755) == 0 && fchmodat(root, "tmp", 01777, 0) == 0);
	CHECK(file_read(AT_FDCWD, "/bin/busybox", (size_t)64 << 20, &program, NULL) == 0);
	to = openat(root, "bin/busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(file_write_all(to, program.text, program.length, NULL) == 0);
	for (const char *const *name =
		     (const char *const[]){"sh",    "cat",	"env",	"ls",	"id",
					   "true",  "hostname", "grep", "stat", "sleep",
					   "echo",  "mkdir",	"rm",	"ln",	"seq",
					   "mount", "cut",	"tr",	"sort", NULL};
	     *name; name++) {
		auto_free char *path = alloc_format("bin/%s", *name);

		CHECK(symlinkat("busybox", root, path) == 0);
	}
	write_text(root, "etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:1000:1000::/home/web:/\n");
	write_text(root, "etc/group", "root:x:0:\nweb:x:1000:\nmore:x:2001:web\n");
}

static void take(int stream, const char *bytes, size_t length, void *data)
{
	struct kitchen *kitchen = data;

	(void)stream;
	strbuf_add_n(&kitchen->output, bytes, length);
}

static void open_kitchen(struct kitchen *kitchen)
{
	auto_free char *root = NULL, *run = NULL;

	if (geteuid() != 0 || access("/bin/busybox", X_OK) < 0)
		test_skip("needs root and a static /bin/busybox");
	close(test_directory(&kitchen->path));
	root = alloc_format("%s/root", kitchen->path);
	run = alloc_format("%s/run", kitchen->path);
	CHECK(engine_open(&kitchen->engine, root, run, &kitchen->err) == 0);
	make_layer(&kitchen->engine);
	CHECK(staging_open(&kitchen->staging, &kitchen->engine.layout, &kitchen->err) == 0);
	kitchen->request = (struct run_request){
		.engine = &kitchen->engine,
		.staging = &kitchen->staging,
		.directory = "only",
		.name = "RUN test",
		.chain_ids = chains,
		.layer_count = 1,
		.env = environment,
		.network = "none",
		.output = take,
		.data = kitchen,
		.cancel_fd = -1,
	};
}

static void close_kitchen(struct kitchen *kitchen)
{
	staging_close(&kitchen->staging);
	engine_close(&kitchen->engine);
	strbuf_release(&kitchen->output);
	arena_release(&kitchen->arena);
}

/* What `sh -c` gives, and in output what it says. */
static int run_shell(struct kitchen *kitchen, const char *script)
{
	char *args[] = {(char *)"/bin/sh", (char *)"-c", (char *)script, NULL};
	int code;

	strbuf_clear(&kitchen->output);
	/* What was written lies apart for each step. */
	snprintf(kitchen->directory, sizeof(kitchen->directory), "step%d", ++kitchen->steps);
	kitchen->request.directory = kitchen->directory;
	kitchen->err = (struct error){0};
	kitchen->request.args = args;
	code = run_step(&kitchen->request, &kitchen->err);
	if (code < 0)
		print_message("%s\n", kitchen->err.text);
	return code;
}

/* Names in what the step has written. */
static bool has_written(struct kitchen *kitchen, const char *path)
{
	auto_free char *whole = alloc_format("%s/upper/%s", kitchen->directory, path);

	return faccessat(kitchen->staging.fd, whole, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(runs_with_nothing_but_what_is_given)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	CHECK_INT(run_shell(&kitchen,
			    "env | sort; hostname; echo $$ $PPID; pwd; cat; ls /proc/self/fd | "
			    "tr '\\n' ' '"),
		  0);
	assert_string_equal(
		kitchen.output.text,
		"A=b c\nHOME=/root\nPATH=/bin\nPWD=/\nSHLVL=1\nbuildkitsandbox\n1 0\n/\n0 1 2 3 ");
	close_kitchen(&kitchen);
}

TEST(is_confined_as_a_container)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	CHECK_INT(run_shell(&kitchen, "grep -E '^(Seccomp|NoNewPrivs|CapEff|CapInh|CapAmb):' "
				      "/proc/self/status | tr -d '\\t'; ls /proc/self/fd | wc -l; "
				      "(echo 1 > /proc/sys/kernel/ctrl-alt-del) 2>&1 | "
				      "grep -o 'Read-only file system'"),
		  0);
	assert_string_equal(kitchen.output.text,
			    "CapInh:0000000000000000\nCapEff:00000000a80425fb\n"
			    "CapAmb:0000000000000000\nNoNewPrivs:0\nSeccomp:2\n4\n"
			    "Read-only file system\n");
	close_kitchen(&kitchen);
}

TEST(becomes_the_user_of_the_root)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	kitchen.request.user = "web";
	kitchen.request.working_dir = "/home/web/app";
	CHECK_INT(run_shell(&kitchen, "id; echo $HOME; pwd; echo x > /dev/stdout; touch here"), 0);
	assert_string_equal(kitchen.output.text,
			    "uid=1000(web) gid=1000(web) groups=1000(web),2001(more)\n/home/web\n"
			    "/home/web/app\nx\n");
	CHECK(has_written(&kitchen, "home/web/app/here"));
	kitchen.request.user = "nobody1";
	CHECK_INT(run_shell(&kitchen, "true"), -1);
	CHECK(strstr(kitchen.err.text,
		     "unable to find user nobody1: no matching entries in passwd file"));
	close_kitchen(&kitchen);
}

TEST(says_how_it_ended)
{
	char *missing[] = {(char *)"/no/such/program", NULL};
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	CHECK_INT(run_shell(&kitchen, "echo out; echo err >&2; exit 3"), 3);
	CHECK(strstr(kitchen.output.text, "out\n") && strstr(kitchen.output.text, "err\n"));
	kitchen.request.args = missing;
	kitchen.request.directory = "missing";
	CHECK_INT(run_step(&kitchen.request, &kitchen.err), -1);
	CHECK_INT(kitchen.err.code, ENOENT);
	CHECK(strstr(kitchen.err.text, "/no/such/program"));
	close_kitchen(&kitchen);
}

TEST(loses_nothing_of_a_long_output)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	CHECK_INT(run_shell(&kitchen, "seq 1 200000"), 0);
	CHECK_INT(kitchen.output.length, 1288895);
	CHECK(strstr(kitchen.output.text, "\n199999\n200000\n"));
	close_kitchen(&kitchen);
}

TEST(leaves_nothing_that_was_only_there_for_the_step)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	CHECK_INT(run_shell(&kitchen, "echo 1.2.3.4 extra >> /etc/hosts; cat /etc/hosts | grep -c "
				      "localhost; ls -d /proc /dev /sys /etc/resolv.conf"),
		  0);
	assert_string_equal(kitchen.output.text, "2\n/dev\n/etc/resolv.conf\n/proc\n/sys\n");
	CHECK(!has_written(&kitchen, "etc/hosts") && !has_written(&kitchen, "etc/resolv.conf"));
	CHECK(!has_written(&kitchen, "proc") && !has_written(&kitchen, "dev") &&
	      !has_written(&kitchen, "sys"));
	close_kitchen(&kitchen);
}

static size_t count_entries(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_closedir DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	size_t count = 0;

	while (entries && readdir(entries))
		count++;
	return count;
}

TEST(is_killed_when_asked)
{
	struct kitchen kitchen = {0};
	int ends[2];

	open_kitchen(&kitchen);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(close(ends[1]) == 0);
	kitchen.request.cancel_fd = ends[0];
	CHECK_INT(run_shell(&kitchen, "sleep 1000 & sleep 1000"), -1);
	CHECK_INT(kitchen.err.code, ECANCELED);
	CHECK_INT(count_entries(kitchen.engine.layout.run_fd, "sandboxes"), 2);
	close(ends[0]);
	close_kitchen(&kitchen);
}

/* Whoever runs the step, until it is killed; the pipe's end is the step's to hold. */
static void run_until_killed(struct kitchen *kitchen, int output)
{
	char *args[] = {(char *)"/bin/sh", (char *)"-c",
			(char *)"trap '' TERM HUP INT; echo up; sleep 1000", NULL};

	dup2(output, STDIN_FILENO);
	kitchen->request.args = args;
	_exit(run_step(&kitchen->request, &kitchen->err) < 0);
}

static void tell_on(int stream, const char *bytes, size_t length, void *data)
{
	(void)stream;
	CHECK(write(*(int *)data, bytes, length) == (ssize_t)length);
}

TEST(ends_with_a_caller_that_is_killed)
{
	struct kitchen kitchen = {0};
	char text[8];
	int ends[2];
	pid_t pid;

	open_kitchen(&kitchen);
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	kitchen.request.output = tell_on;
	kitchen.request.data = &ends[1];
	pid = fork();
	if (pid == 0)
		run_until_killed(&kitchen, ends[1]);
	close(ends[1]);
	CHECK_INT(read(ends[0], text, sizeof(text)), 3);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	/* Its guard had the other end of the pipe. */
	CHECK_INT(read(ends[0], text, sizeof(text)), 0);
	CHECK_INT(count_entries(kitchen.engine.layout.run_fd, "sandboxes"), 3);
	run_heal(&kitchen.engine);
	CHECK_INT(count_entries(kitchen.engine.layout.run_fd, "sandboxes"), 2);
	close(ends[0]);
	close_kitchen(&kitchen);
}

/* ---- mounts ---------------------------------------------------------------------------------- */

/* One mount for the next steps. */
static struct run_mount *set_mount(struct kitchen *kitchen, enum dockerfile_mount_type type,
				   const char *target)
{
	static struct run_mount mount;

	mount = (struct run_mount){
		.mount = {.type = type, .source = "", .target = target, .id = "it"}, .fd = -1};
	kitchen->request.mounts = &mount;
	kitchen->request.mount_count = 1;
	return &mount;
}

static void says(struct kitchen *kitchen, const char *script, const char *wanted)
{
	CHECK_INT(run_shell(kitchen, script), 0);
	assert_string_equal(strbuf_text(&kitchen->output), wanted);
}

TEST(binds_what_cannot_be_changed_or_is_not_kept)
{
	struct kitchen kitchen = {0};
	struct run_mount *mount;

	open_kitchen(&kitchen);
	mount = set_mount(&kitchen, DOCKERFILE_MOUNT_BIND, "/made/for/it");
	mount->chain_ids = chains;
	mount->layer_count = 1;
	mount->mount.source = "etc";
	says(&kitchen, "exec 2>&1; ls /made/for/it; echo x > /made/for/it/group || echo no",
	     "group\npasswd\n/bin/sh: can't create /made/for/it/group: Read-only file "
	     "system\nno\n");
	CHECK(!has_written(&kitchen, "made"));
	mount->mount.is_writable = true;
	says(&kitchen, "echo x > /made/for/it/group; cat /made/for/it/group", "x\n");
	CHECK(!has_written(&kitchen, "made") && !has_written(&kitchen, "../mounts"));
	mount->mount.source = "etc/group";
	says(&kitchen, "grep root /made/for/it; echo x > /made/for/it", "root:x:0:\n");
	mount->mount.is_writable = false;
	says(&kitchen, "grep root /made/for/it", "root:x:0:\n");
	CHECK(!has_written(&kitchen, "made"));
	mount->mount.source = "not/there";
	CHECK_INT(run_shell(&kitchen, "true"), -1);
	CHECK_INT(kitchen.err.code, ENOENT);
	close_kitchen(&kitchen);
}

/* Links in a directory that was given lead nowhere but to what is in it. */
TEST(binds_nothing_outside_of_a_directory)
{
	struct kitchen kitchen = {0};
	struct run_mount *mount;
	auto_close int directory = -1;

	open_kitchen(&kitchen);
	CHECK(mkdirat(kitchen.engine.layout.root_fd, "context", 0755) == 0);
	directory = openat(kitchen.engine.layout.root_fd, "context", O_RDONLY | O_DIRECTORY);
	write_text(directory, "file", "inside\n");
	CHECK(symlinkat("/file", directory, "absolute") == 0);
	CHECK(symlinkat("../../../../etc/passwd", directory, "up") == 0);
	mount = set_mount(&kitchen, DOCKERFILE_MOUNT_BIND, "/it");
	mount->fd = directory;
	says(&kitchen, "ls /it", "absolute\nfile\nup\n");
	mount->mount.source = "absolute";
	says(&kitchen, "cat /it", "inside\n");
	for (const char *const *source = (const char *const[]){"up", "../layers", NULL}; *source;
	     source++) {
		mount->mount.source = *source;
		CHECK_INT(run_shell(&kitchen, "cat /it"), -1);
		CHECK_INT(kitchen.err.code, ENOENT);
	}
	mount->mount.source = "";
	mount->mount.is_writable = true;
	says(&kitchen, "echo changed > /it/file; cat /it/file", "changed\n");
	mount->mount.is_writable = false;
	says(&kitchen, "cat /it/file", "inside\n");
	close_kitchen(&kitchen);
}

TEST(keeps_secrets_in_memory)
{
	struct kitchen kitchen = {0};
	struct run_mount *mount;

	open_kitchen(&kitchen);
	kitchen.request.user = "web";
	mount = set_mount(&kitchen, DOCKERFILE_MOUNT_SECRET, NULL);
	says(&kitchen, "ls -d /run/secrets 2>/dev/null; true", "");
	mount->content = "hush";
	mount->length = 4;
	says(&kitchen, "cat /run/secrets/it 2>/dev/null || stat -c '%u %a' /run/secrets/it",
	     "0 400\n");
	mount->mount.target = "/etc/it";
	mount->mount.uid = 1000;
	mount->mount.has_mode = true;
	mount->mount.mode = 0440;
	mount->mount.env = "IT";
	says(&kitchen, "cat /etc/it; stat -c ' %u %g %a' /etc/it; echo $IT",
	     "hush 1000 0 440\nhush\n");
	CHECK(!has_written(&kitchen, "run") && !has_written(&kitchen, "etc/it"));
	mount->mount.target = NULL;
	says(&kitchen, "echo $IT; ls /run/secrets 2>/dev/null; true", "hush\n");
	close_kitchen(&kitchen);
}

TEST(keeps_caches)
{
	struct kitchen kitchen = {0};
	struct run_mount *mount;

	open_kitchen(&kitchen);
	mount = set_mount(&kitchen, DOCKERFILE_MOUNT_CACHE, "/c");
	mount->mount.is_writable = true;
	mount->mount.has_mode = true;
	mount->mount.mode = 0710;
	mount->mount.uid = 1000;
	mount->mount.gid = 2000;
	says(&kitchen, "stat -c '%u %g %a' /c; echo kept > /c/file", "1000 2000 710\n");
	CHECK(!has_written(&kitchen, "c"));
	mount->mount.is_writable = false;
	says(&kitchen, "cat /c/file; touch /c/file 2>/dev/null || echo no", "kept\nno\n");
	mount->mount.id = "other";
	says(&kitchen, "ls /c", "");
	/* A new one is filled, once. */
	mount->mount.is_writable = true;
	mount->mount.source = "etc";
	mount->chain_ids = chains;
	mount->layer_count = 1;
	says(&kitchen, "ls /c; rm /c/group", "group\npasswd\n");
	says(&kitchen, "ls /c", "passwd\n");
	close_kitchen(&kitchen);
}

TEST(lays_mounts_over_each_other)
{
	struct kitchen kitchen = {0};
	struct run_mount mounts[] = {
		{.mount = {.type = DOCKERFILE_MOUNT_CACHE,
			   .id = "c",
			   .target = "/m/c",
			   .is_writable = true},
		 .fd = -1},
		{.mount = {.type = DOCKERFILE_MOUNT_TMPFS, .target = "/m", .size = 1 << 20},
		 .fd = -1},
	};

	open_kitchen(&kitchen);
	kitchen.request.mounts = mounts;
	kitchen.request.mount_count = 2;
	says(&kitchen, "ls /m; grep ' /m ' /proc/self/mounts | grep -c size=1024k", "c\n1\n");
	CHECK(!has_written(&kitchen, "m"));
	close_kitchen(&kitchen);
}

/* An agent that says what it is told. */
static pid_t serve_agent(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[64];
	pid_t pid;
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 1) == 0);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	fd = accept(fd, NULL, NULL);
	while ((n = read(fd, text, sizeof(text))) > 0)
		if (write(fd, text, (size_t)n) != n)
			_exit(1);
	_exit(0);
}

/* Talks to it through the step's socket until it is understood; then the step may end. */
static pid_t use_agent(const struct kitchen *kitchen, int keeps_step)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[6] = "";
	pid_t pid = fork();
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat status;

	if (pid) {
		close(fd);
		close(keeps_step);
		return pid;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/step2/ssh_agent.0",
		 kitchen->staging.fd);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		poll(NULL, 0, 5);
	_exit(stat(address.sun_path, &status) < 0 || status.st_uid != 1000 ||
	      (status.st_mode & 07777) != 0600 || write(fd, "hello", 5) != 5 ||
	      recv(fd, text, 5, MSG_WAITALL) != 5 || strcmp(text, "hello") != 0);
}

TEST(passes_an_agent_on)
{
	struct kitchen kitchen = {0};
	struct run_mount *mount;
	auto_free char *path = NULL;
	pid_t agent, client;
	int ends[2], code;

	open_kitchen(&kitchen);
	mount = set_mount(&kitchen, DOCKERFILE_MOUNT_SSH, NULL);
	says(&kitchen, "echo $SSH_AUTH_SOCK; ls /run 2>/dev/null; true",
	     "/run/buildkit/ssh_agent.0\n");
	path = alloc_format("%s/agent", kitchen.path);
	agent = serve_agent(path);
	mount->socket = path;
	mount->mount.uid = 1000;
	kitchen.request.user = "web";
	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	kitchen.request.cancel_fd = ends[0];
	client = use_agent(&kitchen, ends[1]);
	CHECK_INT(run_shell(&kitchen, "sleep 1000"), -1);
	CHECK(waitpid(client, &code, 0) == client && code == 0);
	CHECK(waitpid(agent, NULL, 0) == agent);
	CHECK(!has_written(&kitchen, "run"));
	close_kitchen(&kitchen);
}

TEST(runs_heredocs)
{
	struct kitchen kitchen = {0};
	struct pair file = {"EOF", "#!/bin/sh -e\necho $0 $#\n"};
	char *args[] = {(char *)"/dev/pipes/EOF", NULL};

	open_kitchen(&kitchen);
	kitchen.request.files = &file;
	kitchen.request.file_count = 1;
	kitchen.request.args = args;
	CHECK_INT(run_step(&kitchen.request, &kitchen.err), 0);
	assert_string_equal(strbuf_text(&kitchen.output), "/dev/pipes/EOF 0\n");
	close_kitchen(&kitchen);
}

/* Whatever the step puts in the place of a mount point that was made for it: only that very mount
 * point goes, and where it was made. */
TEST(removes_only_its_own_mount_points)
{
	struct kitchen kitchen = {0};

	open_kitchen(&kitchen);
	set_mount(&kitchen, DOCKERFILE_MOUNT_TMPFS, "/a/b");
	says(&kitchen, "mkdir -p /canary/b; mv /a /old; ln -s /canary /a; ls -d /a/b", "/a/b\n");
	CHECK(has_written(&kitchen, "canary/b") && has_written(&kitchen, "a"));
	says(&kitchen, "touch /a/mine", "");
	CHECK(has_written(&kitchen, "a/mine") && !has_written(&kitchen, "a/b"));
	close_kitchen(&kitchen);
}

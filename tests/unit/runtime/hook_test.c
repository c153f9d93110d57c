/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/hook.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct box {
	int directory, input;
	char text[256];
};

static void box_init(struct box *box)
{
	const char *path;

	box->directory = test_directory(&path);
	CHECK(chdir(path) == 0);
	box->input = memfd_create("state", MFD_CLOEXEC);
	CHECK(write(box->input, "the state\n", 10) == 10);
}

static void box_release(struct box *box)
{
	close(box->directory);
	close(box->input);
}

static const char *content(struct box *box, const char *name)
{
	int fd = openat(box->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, box->text, sizeof(box->text) - 1);

	box->text[n < 0 ? 0 : n] = '\0';
	cleanup_close(&fd);
	return box->text;
}

static int run_script(struct box *box, const char *script, int timeout_s, struct error *err)
{
	char *args[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	char *env[] = {(char *)"NAME=value", (char *)"PATH=/usr/bin:/bin", NULL};
	struct spec_hook items[] = {
		{.path = "/bin/sh", .args = args, .env = env, .timeout_s = timeout_s},
		{.path = "/bin/sh", .args = args, .env = env, .timeout_s = timeout_s},
	};
	struct spec_hooks hooks = {items, 2};
	struct hook_place place = {.kind = "prestart", .input_fd = box->input};

	return hook_run_all(&hooks, &place, err);
}

TEST(gives_each_the_state_and_its_own_environment)
{
	struct error err = {0};
	struct box box;

	box_init(&box);
	CHECK(run_script(&box, "cat >>said; echo $NAME $HOME >>said", 0, &err) == 0);
	CHECK_TEXT(content(&box, "said"), "the state\nvalue\nthe state\nvalue\n");
	box_release(&box);
}

TEST(stops_at_one_that_fails_and_says_what_it_has_printed)
{
	struct error err = {0};
	struct box box;

	box_init(&box);
	CHECK(run_script(&box, "echo run >>count; echo out; echo why >&2; exit 3", 0, &err) < 0);
	CHECK_TEXT(err.text, "prestart hook '/bin/sh': exit status 3: out why");
	CHECK_TEXT(content(&box, "count"), "run\n");
	box_release(&box);
}

TEST(kills_one_that_takes_too_long)
{
	struct error err = {0};
	struct box box;

	box_init(&box);
	CHECK(run_script(&box, "sleep 100", 1, &err) < 0);
	CHECK_TEXT(err.text, "prestart hook '/bin/sh': it has not ended within 1 s");
	box_release(&box);
}

TEST(says_what_cannot_be_executed)
{
	struct spec_hook items[] = {{.path = "/nowhere/at/all"}};
	struct spec_hooks hooks = {items, 1};
	struct hook_place place = {.kind = "poststop"};
	struct error err = {0};
	struct box box;

	box_init(&box);
	place.input_fd = box.input;
	CHECK(hook_run_all(&hooks, &place, &err) < 0);
	CHECK_TEXT(err.text, "poststop hook '/nowhere/at/all': exit status 127: cannot execute "
			     "it: no such file or directory");
	box_release(&box);
}

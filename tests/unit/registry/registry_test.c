/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command's side against a transport that was taken over: a script in its place says what it
 * likes on the socket.
 */
#include "registry/registry.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/wire.h"
#include "tests/harness/harness.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* reply(kind, id, …) sends a message, request() waits for one and gives its id and descriptor. */
static const char prelude[] =
	"#!/usr/bin/python3\n"
	"import socket, struct, os, time\n"
	"s = socket.socket(fileno=3)\n"
	"def reply(kind, id, code=0, bytes=0, answer=0, hex=b'', type=b'', text=b'', "
	"magic=0x434f5231, modified=0):\n"
	"    s.send(struct.pack('<IIIiqq72s256s960sq', magic, kind, id, code, bytes, answer, hex, "
	"type, text, modified))\n"
	"def request():\n"
	"    data, fds, _, _ = socket.recv_fds(s, 4096, 1)\n"
	"    return struct.unpack_from('<I', data, 8)[0], fds[0] if fds else -1\n";

static struct registry *open_with(const char *script)
{
	auto_free char *text = alloc_format("%s%s\ntime.sleep(60)\n", prelude, script);
	struct registry_options options = {.repository = "localhost:1/a/b"};
	auto_free char *path = NULL;
	struct registry *registry = NULL;
	struct error err = {0};
	const char *directory;
	int dirfd = test_directory(&directory);

	if (access("/usr/bin/python3", X_OK) < 0)
		test_skip("there is no /usr/bin/python3");
	CHECK_INT(sizeof(struct wire_reply), 1328);
	setenv("DOCKER_CONFIG", directory, 1);
	CHECK_OK(file_replace(dirfd, "transport", text, strlen(text), 0755, &err));
	path = alloc_format("%s/transport", directory);
	options.transport = path;
	CHECK_OK(registry_open(&registry, &options, &err));
	return registry;
}

static int fetch(struct registry *registry)
{
	struct registry_blob blob = {.hex = HEX, .size = 100, .offset = 10, .fd = STDOUT_FILENO};
	struct error err = {0};
	int number;

	CHECK_OK(number = registry_fetch_blob(registry, &blob, &err));
	return number;
}

static void check_refused(const char *script, const char *expected)
{
	auto_registry struct registry *registry = open_with(script);
	struct registry_event event;
	struct error err = {0};

	fetch(registry);
	CHECK(registry_next(registry, &event, &err) < 0);
	if (!strstr(err.text, expected))
		fail_msg("'%s' does not say '%s'", err.text, expected);
}

TEST(what_is_no_message_ends_the_conversation)
{
	check_refused("request(); s.send(b'x')", "malformed");
	check_refused("request(); s.send(b'x' * 1328)", "malformed");
	check_refused("request(); s.send(b'x' * 5000)", "malformed");
	check_refused("i, f = request(); reply(1, i, magic=1, bytes=100)", "malformed");
	check_refused("i, f = request(); reply(9, i)", "malformed");
}

TEST(answers_to_nothing_are_refused)
{
	check_refused("i, f = request(); reply(1, i + 1, bytes=100)", "answer to nothing");
}

TEST(a_transfer_stays_within_its_size)
{
	check_refused("i, f = request(); reply(0, i, bytes=101)", "number of bytes");
	check_refused("i, f = request(); reply(0, i, bytes=9)", "number of bytes");
	check_refused("i, f = request(); reply(1, i, bytes=99)", "number of bytes");
	check_refused("i, f = request(); reply(0, i, bytes=-1)", "malformed");
}

TEST(a_transport_that_dies_is_noticed)
{
	check_refused("request(); os.kill(os.getpid(), 11)", "killed by signal 11");
	check_refused("request(); os._exit(3)", "ended with code 3");
}

TEST(failures_say_why_and_drive_no_terminal)
{
	auto_registry struct registry *registry = open_with(
		"i, f = request()\nreply(2, i, code=2006, bytes=10, text=b'no\\x1b]0;x\\x07')");
	struct registry_event event;
	struct error err = {0};
	int number = fetch(registry);

	CHECK_OK(registry_next(registry, &event, &err));
	CHECK_INT(event.kind, REGISTRY_FAILED);
	CHECK_INT(event.transfer, number);
	CHECK_INT(event.err->code, ERROR_DENIED);
	CHECK_TEXT(event.err->text, "registry 'localhost:1': no?]0;x?");
}

static bool is_readable(const struct registry *registry)
{
	struct pollfd fd = {.fd = registry_fd(registry), .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

TEST(events_of_transfers_wait_while_something_else_is_asked)
{
	auto_registry struct registry *registry = open_with("a, f = request()\n"
							    "b, f = request()\n"
							    "reply(0, a, bytes=50)\n"
							    "reply(1, a, bytes=100)\n"
							    "reply(1, b, answer=1)");
	struct registry_event event;
	struct error err = {0};
	int number = fetch(registry);

	CHECK_INT(registry_has_blob(registry, HEX, &err), 1);
	CHECK(is_readable(registry));
	CHECK_OK(registry_next(registry, &event, &err));
	CHECK_INT(event.kind, REGISTRY_DONE);
	CHECK_INT(event.transfer, number);
	CHECK_INT(event.bytes, 100);
	CHECK(!is_readable(registry));
}

TEST(a_manifest_is_what_its_digest_says)
{
	auto_registry struct registry *registry =
		open_with("for _ in range(2):\n"
			  "    i, f = request()\n"
			  "    os.pwrite(f, b'hello', 0)\n"
			  "    reply(1, i, bytes=5, type=b'a/b')\n"
			  "i, f = request()\n"
			  "reply(1, i, bytes=1 << 40, type=b'a/b')");
	struct registry_document document = {0};
	struct error err = {0};

	CHECK_OK(registry_get_manifest(registry, "latest", &document, &err));
	CHECK_TEXT(document.bytes, "hello");
	CHECK_TEXT(document.media_type, "a/b");
	CHECK_TEXT(document.hex,
		   "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
	registry_document_release(&document);
	CHECK(registry_get_manifest(registry, "sha256:" HEX, &document, &err) < 0);
	CHECK(strstr(err.text, "does not match digest"));
	CHECK(registry_get_manifest(registry, "latest", &document, &err) < 0);
	CHECK(strstr(err.text, "number of bytes"));
}

TEST(a_document_file_cannot_grow)
{
	auto_registry struct registry *registry = open_with("i, f = request()\n"
							    "try:\n"
							    "    os.pwrite(f, b'x', 9 << 20)\n"
							    "    os._exit(1)\n"
							    "except OSError: pass\n"
							    "try:\n"
							    "    os.ftruncate(f, 0)\n"
							    "    os._exit(2)\n"
							    "except OSError: pass\n"
							    "reply(1, i, bytes=0, type=b'a/b')");
	struct registry_document document = {0};
	struct error err = {0};

	CHECK_OK(registry_get_manifest(registry, "latest", &document, &err));
	registry_document_release(&document);
}

TEST(it_gets_nothing_but_its_socket_and_settings)
{
	auto_registry struct registry *registry = open_with(
		"i, f = request()\n"
		"fds = sorted(int(n) for n in os.listdir('/proc/self/fd'))\n"
		"n = len([n for n in fds if os.path.exists('/proc/self/fd/%d' % n)])\n"
		"env = set(os.environ) - {'LC_CTYPE'}\n"
		"links = {os.readlink('/proc/self/fd/%d' % n) for n in (0, 1, 2)}\n"
		"reply(2, i, bytes=10, text=b'%d %d %d' % (n, len(env), links == {'/dev/null'}))");
	struct registry_event event;
	struct error err = {0};

	fetch(registry);
	CHECK_OK(registry_next(registry, &event, &err));
	/* 0, 1, 2, the socket, the settings, what came with the request */
	CHECK_TEXT(event.err->text, "registry 'localhost:1': 6 0 1");
}

TEST(nonsense_is_not_even_sent)
{
	auto_registry struct registry *registry = open_with("");
	struct registry_blob blob = {.hex = "../../x", .size = 1};
	struct registry_document document;
	struct error err = {0};
	char large[400];

	CHECK(registry_fetch_blob(registry, &blob, &err) < 0);
	CHECK(registry_has_blob(registry, "", &err) < 0);
	memcpy(blob.hex, HEX, sizeof(blob.hex));
	blob.offset = 2;
	CHECK(registry_fetch_blob(registry, &blob, &err) < 0);
	memset(large, 'a', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	CHECK(registry_get_manifest(registry, large, &document, &err) < 0);
}

TEST(names_must_be_full)
{
	static const char *const wrong[] = {"redis", "/redis", "docker.io/", "a b/c", "http://a/b"};
	struct registry_options options = {.transport = "/bin/true"};
	struct registry *registry = NULL;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		options.repository = wrong[i];
		CHECK(registry_open(&registry, &options, NULL) < 0);
	}
	options.repository = "a.example/b";
	options.transport = "/nonexistent/transport";
	CHECK(registry_open(&registry, &options, NULL) < 0);
}

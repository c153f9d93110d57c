/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/wire.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static struct wire_reply good_reply(void)
{
	struct wire_reply reply = {.magic = WIRE_MAGIC, .kind = WIRE_DONE, .id = 7, .bytes = 5};

	memcpy(reply.hex, hex, sizeof(hex));
	memcpy(reply.media_type, "a/b+json", 9);
	return reply;
}

static bool is_accepted(const struct wire_reply *reply)
{
	struct error err = {0};
	struct wire_reply out;
	int rc = wire_parse_reply(&out, reply, sizeof(*reply), &err);

	CHECK(rc == 0 || err.code == ERROR_INVALID);
	return rc == 0;
}

TEST(a_reply_is_checked_in_all_members)
{
	struct wire_reply reply = good_reply(), out;

	CHECK(is_accepted(&reply));
	CHECK(wire_parse_reply(&out, &reply, sizeof(reply) - 1, NULL) < 0);
	CHECK(wire_parse_reply(&out, &reply, 0, NULL) < 0);
	reply.magic++;
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.kind = WIRE_REPLY_KINDS;
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.bytes = -1;
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.modified_s = -2;
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.answer = 2;
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.hex[0] = 'A';
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.hex[63] = '\0';
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	memset(reply.hex, 'a', sizeof(reply.hex));
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	memset(reply.media_type, 'a', sizeof(reply.media_type));
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	reply.media_type[1] = '\x1b';
	CHECK(!is_accepted(&reply));
	reply = good_reply();
	memset(reply.text, 'a', sizeof(reply.text));
	CHECK(!is_accepted(&reply));
}

TEST(the_text_of_a_reply_is_cleaned_and_its_code_known)
{
	struct wire_reply reply = good_reply(), out;
	struct error err = {0};

	reply.kind = WIRE_FAILED;
	reply.code = ERROR_DENIED;
	memcpy(reply.text, "no\x1b]0;x\a", 9);
	CHECK_OK(wire_parse_reply(&out, &reply, sizeof(reply), &err));
	CHECK_TEXT(out.text, "no?]0;x?");
	CHECK_INT(out.code, ERROR_DENIED);
	reply.code = 123456;
	CHECK_OK(wire_parse_reply(&out, &reply, sizeof(reply), &err));
	CHECK_INT(out.code, EIO);
	reply.code = 0;
	CHECK_OK(wire_parse_reply(&out, &reply, sizeof(reply), &err));
	CHECK_INT(out.code, EIO);
}

static struct wire_request good_request(void)
{
	struct wire_request request = {
		.magic = WIRE_MAGIC, .kind = WIRE_FETCH_BLOB, .size = 10, .offset = 3};

	memcpy(request.hex, hex, sizeof(hex));
	return request;
}

TEST(a_request_carries_its_descriptor)
{
	auto_close int ours = -1, theirs = -1, file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct wire_request request = good_request(), got;
	auto_close int passed = -1;
	struct error err = {0};
	bool closed;
	int pair[2];
	char byte = 1;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	ours = pair[0];
	theirs = pair[1];
	CHECK_INT(wire_receive_request(theirs, &got, &passed, &closed, &err), 0);
	CHECK(!closed);
	CHECK_INT(wire_send(ours, &request, sizeof(request), file, 0), 0);
	CHECK_INT(wire_receive_request(theirs, &got, &passed, &closed, &err), 1);
	CHECK_INT(got.offset, 3);
	CHECK(passed >= 0 && passed != file);
	CHECK_INT(fcntl(passed, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	CHECK_INT(read(passed, &byte, 1), 1);
	CHECK_INT(byte, 0);
	/* without one it is wrong */
	CHECK_INT(wire_send(ours, &request, sizeof(request), -1, 0), 0);
	CHECK_INT(wire_receive_request(theirs, &got, &passed, &closed, &err), -1);
	/* and with one where none belongs, too */
	request.kind = WIRE_HAS_BLOB;
	CHECK_INT(wire_send(ours, &request, sizeof(request), file, 0), 0);
	CHECK_INT(wire_receive_request(theirs, &got, &passed, &closed, &err), -1);
	close(take_fd(&ours));
	CHECK_INT(wire_receive_request(theirs, &got, &passed, &closed, &err), 0);
	CHECK(closed);
}

TEST(requests_are_checked_as_well)
{
	struct wire_request request = good_request(), out;

	CHECK_INT(wire_parse_request(&out, &request, sizeof(request), NULL), 0);
	request.offset = 11;
	CHECK(wire_parse_request(&out, &request, sizeof(request), NULL) < 0);
	request = good_request();
	memcpy(request.reference, "a b", 4);
	CHECK(wire_parse_request(&out, &request, sizeof(request), NULL) < 0);
	request = good_request();
	request.kind = WIRE_REQUEST_KINDS;
	CHECK(wire_parse_request(&out, &request, sizeof(request), NULL) < 0);
}

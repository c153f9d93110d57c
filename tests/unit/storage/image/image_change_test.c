/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "storage/image/image_change.h"

#include <string.h>

/* Applies @instructions (up to NULL) to an empty configuration. */
static void check(const char *const *instructions, const char *expected)
{
	auto_json json *config = json_new_object();
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};

	for (; *instructions; instructions++)
		CHECK_OK(image_change_apply(config, *instructions, &err));
	json_print(&text, config, false);
	CHECK_TEXT(text.text, expected);
}

#define CHECK_CHANGE(expected, ...) check((const char *const[]){__VA_ARGS__, NULL}, expected)

TEST(commands_are_lists_or_for_the_shell)
{
	CHECK_CHANGE("{\"Cmd\":[\"a\",\"b c\"]}", "CMD [\"a\", \"b c\"]");
	CHECK_CHANGE("{\"Cmd\":[\"/bin/sh\",\"-c\",\"echo a | b\"]}", "cmd  echo a | b");
	CHECK_CHANGE("{\"Entrypoint\":[]}", "ENTRYPOINT []");
	CHECK_CHANGE("{\"Shell\":[\"ash\",\"-x\"],\"Cmd\":[\"ash\",\"-x\",\"run\"]}",
		     "SHELL [\"ash\",\"-x\"]", "CMD run");
	CHECK_CHANGE("{\"Cmd\":[\"/bin/sh\",\"-c\",\"[ -e x ]\"]}", "CMD [ -e x ]");
}

TEST(pairs_have_two_forms_and_quotes)
{
	CHECK_CHANGE("{\"Env\":[\"A=2\",\"B=x y\",\"C=\"]}", "ENV A=1 B=\"x y\" C=", "ENV A=2");
	CHECK_CHANGE("{\"Env\":[\"A=the rest = all\"]}", "ENV A the rest = all");
	CHECK_CHANGE("{\"Env\":[\"A=a b'c\"]}", "ENV A=a\\ b\\'c");
	CHECK_CHANGE("{\"Labels\":{\"a.b\":\"1\",\"c\":\"$x\"}}", "LABEL a.b=1 c='$x'");
}

TEST(the_others)
{
	CHECK_CHANGE("{\"ExposedPorts\":{\"80/tcp\":{},\"90/udp\":{},\"91/udp\":{}}}",
		     "EXPOSE 80 90-91/udp");
	CHECK_CHANGE("{\"Volumes\":{\"/a\":{},\"/b c\":{}}}", "VOLUME /a '/b c'");
	CHECK_CHANGE("{\"Volumes\":{\"/a b\":{}}}", "VOLUME [\"/a b\"]");
	CHECK_CHANGE("{\"WorkingDir\":\"/a/c\"}", "WORKDIR /a/b", "WORKDIR ../c");
	CHECK_CHANGE("{\"User\":\"a:b\",\"StopSignal\":\"9\"}", "USER a:b", "STOPSIGNAL 9");
	CHECK_CHANGE("{\"OnBuild\":[\"RUN x\",\"COPY . .\"]}", "ONBUILD RUN x", "ONBUILD COPY . .");
	CHECK_CHANGE("{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", "HEALTHCHECK none");
	CHECK_CHANGE(
		"{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"a || b\"],\"Interval\":5000000000,"
		"\"Retries\":3}}",
		"HEALTHCHECK --interval=5s --retries=3 CMD a || b");
	CHECK_CHANGE("{\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"]}}", "HEALTHCHECK CMD [\"a\"]");
}

TEST(what_makes_no_sense_is_refused)
{
	static const char *const wrong[] = {
		"",
		"RUN x",
		"CMD",
		"ENV",
		"ENV A",
		"ENV =x",
		"ENV A=\"x",
		"EXPOSE 0",
		"EXPOSE 90-80",
		"EXPOSE 1/xx",
		"USER a b",
		"SHELL sh",
		"HEALTHCHECK x",
		"HEALTHCHECK --y=1 CMD x",
		"HEALTHCHECK --retries=-1 CMD x",
		"VOLUME [\"\"]",
		"EXPOSE 70000",
		"LABEL x",
		"CMDx y",
		"EXPOSE -",
		"HEALTHCHECK --interval=x CMD y",
	};

	for (size_t i = 0; i < array_length(wrong); i++) {
		auto_json json *config = json_new_object();
		struct error err = {0};

		if (image_change_apply(config, wrong[i], &err) == 0)
			fail_msg("'%s' was taken", wrong[i]);
		CHECK_INT(err.code, ERROR_INVALID);
	}
}

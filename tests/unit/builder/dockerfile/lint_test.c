/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/lint.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"

#include "harness.h"

#include <string.h>

static bool hides_secret(const char *path, void *data)
{
	(void)data;
	return strncmp(path, "hidden", 6) == 0;
}

static char **image_env(const char *reference, void *data)
{
	static char path[] = "PATH=/bin", home[] = "JAVA_HOME=/opt/java";
	static char *env[] = {path, home, NULL};

	(void)data;
	return strcmp(reference, "unknown") == 0 ? NULL : env;
}

static void lint(struct strbuf *out, const char *text, struct lint_request request)
{
	auto_arena struct arena arena = {0};
	struct dockerfile_warning *warnings;
	struct dockerfile file;
	struct error err = {0};
	size_t count;

	if (dockerfile_parse(&file, "Dockerfile", text, strlen(text), &arena, &err) < 0)
		fail_msg("%s", err.text);
	request.dockerfile = &file;
	warnings = lint_dockerfile(&request, &count, &arena);
	for (size_t i = 0; i < count; i++)
		strbuf_printf(out, "%s:%d: %s\n", warnings[i].rule, warnings[i].line,
			      warnings[i].text);
}

static void check(const char *text, const char *expected)
{
	auto_strbuf struct strbuf out = {0};

	lint(&out, text, (struct lint_request){.is_ignored = hides_secret, .image_env = image_env});
	if (strcmp(strbuf_text(&out), expected) != 0)
		fail_msg("%s\nsays:\n%s\nnot:\n%s", text, strbuf_text(&out), expected);
}

TEST(consistent_instruction_casing)
{
	check("FROM a\nrun x\nRUN y\n",
	      "ConsistentInstructionCasing:2: Command 'run' should match the case of the command "
	      "majority (uppercase)\n");
	check("from a\nrun x\nRun y\n",
	      "ConsistentInstructionCasing:3: Command 'Run' should match the case of the command "
	      "majority (lowercase)\n");
	check("from a\nRUN x\n",
	      "ConsistentInstructionCasing:1: Command 'from' should match the case of the command "
	      "majority (uppercase)\n");
	check("arg x\nFROM a\nRUN x\n", "");
	check("from a\nrun x\n", "");
}

TEST(copy_ignored_file)
{
	check("FROM a\nCOPY hidden.txt ./open /x/\n",
	      "CopyIgnoredFile:2: Attempting to Copy file \"hidden.txt\" that is excluded by "
	      ".dockerignore\n");
	check("FROM a\nENV D=hidden\nADD /$D/./b /x\n",
	      "CopyIgnoredFile:3: Attempting to Add file \"hidden/b\" that is excluded by "
	      ".dockerignore\n");
	check("FROM a\nCOPY --from=x hidden /x\nCOPY . /x\nADD https://hidden/x /x\n"
	      "COPY <<hidden /x\nx\nhidden\n",
	      "");
}

TEST(duplicate_stage_name)
{
	check("FROM a AS x\nFROM b AS X\n",
	      "DuplicateStageName:2: Duplicate stage name \"x\", stage names should be unique\n"
	      "StageNameCasing:2: Stage name 'X' should be lowercase\n");
	check("FROM a AS x\nFROM b AS y\n", "");
}

TEST(expose_invalid_format)
{
	check("FROM a\nEXPOSE 127.0.0.1:80:80 8080:80 81\n",
	      "ExposeInvalidFormat:2: EXPOSE instruction should not define an IP address or "
	      "host-port mapping, found '127.0.0.1:80:80'\n"
	      "ExposeInvalidFormat:2: EXPOSE instruction should not define an IP address or "
	      "host-port mapping, found '8080:80'\n");
	check("FROM a\nEXPOSE 80 443/tcp 5000-5010/udp\n", "");
}

TEST(expose_proto_casing)
{
	check("FROM a\nENV P=TCP\nEXPOSE 80/Udp 81/$P 82/tcp\n",
	      "ExposeProtoCasing:3: Defined protocol '80/Udp' in EXPOSE instruction should be "
	      "lowercase\n"
	      "ExposeProtoCasing:3: Defined protocol '81/TCP' in EXPOSE instruction should be "
	      "lowercase\n");
}

TEST(from_as_casing)
{
	check("FROM a as x\n", "FromAsCasing:1: 'as' and 'FROM' keywords' casing do not match\n");
	check("from a AS x\nrun y\n",
	      "FromAsCasing:1: 'AS' and 'from' keywords' casing do not match\n");
	check("FROM a AS x\n", "");
}

TEST(from_platform_flag_const_disallowed)
{
	check("FROM --platform=linux/arm64 a\n",
	      "FromPlatformFlagConstDisallowed:1: FROM --platform flag should not use constant "
	      "value \"linux/arm64\"\n");
	check("FROM --platform=linux/arm64 a AS build_arm64\nFROM --platform=$BUILDPLATFORM b\n",
	      "");
}

TEST(invalid_default_arg_in_from)
{
	check("ARG TAG\nFROM busybox:${TAG}\n",
	      "InvalidDefaultArgInFrom:2: Default value for ARG busybox:${TAG} results in empty or "
	      "invalid base image name\n");
	check("ARG TAG=1 X\nFROM busybox:${TAG}$X\nFROM busybox:${X:-2}\n", "");
}

TEST(invalid_definition_description)
{
	check("# check=experimental=InvalidDefinitionDescription\n# bar is the bar\nARG foo=bar\n"
	      "# another\nFROM a AS base\n",
	      "InvalidDefinitionDescription:3: Comment for ARG should follow the format: `# foo "
	      "<description>`\n"
	      "InvalidDefinitionDescription:5: Comment for FROM should follow the format: `# base "
	      "<description>`\n");
	check("# check=experimental=all\n# foo is the foo\nARG foo=bar\n# anything\n\nARG x\n"
	      "# base does it\nFROM a AS base\n# of no stage\nFROM b\n# of a step\nRUN x\n",
	      "");
	check("# bar is the bar\nARG foo=bar\nFROM a\n", "");
}

TEST(json_args_recommended)
{
	check("FROM a\nCMD x\nENTRYPOINT y\n",
	      "JSONArgsRecommended:2: JSON arguments recommended for CMD to prevent unintended "
	      "behavior related to OS signals\n"
	      "JSONArgsRecommended:3: JSON arguments recommended for ENTRYPOINT to prevent "
	      "unintended behavior related to OS signals\n");
	check("FROM a AS b\nSHELL [\"/bin/bash\", \"-c\"]\nCMD x\nFROM b\nENTRYPOINT y\nCMD "
	      "[\"x\"]\n",
	      "");
}

TEST(legacy_key_value_format)
{
	check("FROM a\nENV key value\nLABEL key other value\nENV k=v\n",
	      "LegacyKeyValueFormat:2: \"ENV key=value\" should be used instead of legacy \"ENV "
	      "key value\" format\n"
	      "SecretsUsedInArgOrEnv:2: Do not use ARG or ENV instructions for sensitive data (ENV "
	      "\"key\")\n"
	      "LegacyKeyValueFormat:3: \"LABEL key=value\" should be used instead of legacy "
	      "\"LABEL key value\" format\n");
}

TEST(maintainer_deprecated)
{
	check("FROM a\nMAINTAINER me\nLABEL maintainer=me\n",
	      "MaintainerDeprecated:2: Maintainer instruction is deprecated in favor of using "
	      "label\n");
}

TEST(multiple_instructions_disallowed)
{
	check("FROM a\nCMD [\"x\"]\nRUN y\nCMD [\"z\"]\n",
	      "MultipleInstructionsDisallowed:2: Multiple CMD instructions should not be used in "
	      "the same stage because only the last one will be used\n");
	check("FROM a AS b\nCMD [\"x\"]\nFROM b\nCMD [\"x\"]\n", "");
}

TEST(no_empty_continuation)
{
	check("FROM a\nRUN a \\\n\n  b\n", "NoEmptyContinuation:4: Empty continuation line\n");
	check("FROM a\nRUN a \\\n# comment\n  b\n", "");
}

TEST(redundant_target_platform)
{
	check("FROM --platform=$TARGETPLATFORM a\n", "RedundantTargetPlatform:1: Setting platform "
						     "to predefined $TARGETPLATFORM in FROM is "
						     "redundant as this is the default behavior\n");
	check("FROM --platform=$BUILDPLATFORM a\n", "");
}

TEST(reserved_stage_name)
{
	check("FROM a AS scratch\nFROM b AS context\n",
	      "ReservedStageName:1: Stage name should not use the same name as reserved stage "
	      "\"scratch\"\n"
	      "ReservedStageName:2: Stage name should not use the same name as reserved stage "
	      "\"context\"\n");
}

TEST(secrets_used_in_arg_or_env)
{
	check("ARG GLOBAL_TOKEN\nFROM a\nARG DB_PASSWORD x\nENV api_KEY=1 \"AUTH\"=2\n",
	      "SecretsUsedInArgOrEnv:3: Do not use ARG or ENV instructions for sensitive data (ARG "
	      "\"DB_PASSWORD\")\n"
	      "SecretsUsedInArgOrEnv:4: Do not use ARG or ENV instructions for sensitive data (ENV "
	      "\"api_KEY\")\n"
	      "SecretsUsedInArgOrEnv:4: Do not use ARG or ENV instructions for sensitive data (ENV "
	      "\"AUTH\")\n");
	check("FROM a\nENV PUBLIC_KEY=1 PASSWORD_FILE=/x MONKEY=2 TOKENS=3 KEYRING_VERSION=4\n",
	      "");
}

TEST(stage_name_casing)
{
	check("FROM a AS BuildBase\n",
	      "StageNameCasing:1: Stage name 'BuildBase' should be lowercase\n");
}

TEST(undefined_arg_in_from)
{
	check("ARG VERSION=1\nFROM a:${VERSOIN}\n",
	      "InvalidDefaultArgInFrom:2: Default value for ARG a:${VERSOIN} results in empty or "
	      "invalid base image name\n"
	      "UndefinedArgInFrom:2: FROM argument 'VERSOIN' is not declared (did you mean "
	      "VERSION?)\n");
	check("FROM --platform=$NOWHERE a\n",
	      "UndefinedArgInFrom:1: FROM argument 'NOWHERE' is not declared\n");
	check("ARG A\nFROM a$A\nFROM --platform=$BUILDPLATFORM b${C:-c}\n", "");
}

TEST(undefined_var)
{
	check("FROM a\nARG foo\nCOPY $Foe $foo $bar /$bar/\n",
	      "UndefinedVar:3: Usage of undefined variable '$Foe' (did you mean $foo?)\n"
	      "UndefinedVar:3: Usage of undefined variable '$bar'\n");
	check("ARG g=1\nFROM a AS one\nENV PATH=$PATH:/x A=1 B=$A\nFROM one\n"
	      "WORKDIR ${JAVA_HOME}$A$B\nUSER $g\nLABEL a=\"$b\" c='$c' d=\\$d e=${e:-x}\n",
	      "UndefinedVar:3: Usage of undefined variable '$A'\n"
	      "UndefinedVar:6: Usage of undefined variable '$g'\n"
	      "UndefinedVar:7: Usage of undefined variable '$b' (did you mean $B?)\n");
	check("FROM scratch\nCOPY <<A <<'B' /\n$a\nA\n$b\nB\n",
	      "UndefinedVar:2: Usage of undefined variable '$a'\n");
	check("FROM scratch\nRUN --mount=type=cache,target=/$x echo $y\n",
	      "UndefinedVar:2: Usage of undefined variable '$x'\n");
	check("FROM unknown\nCOPY $a $b\n", "");
}

TEST(variables_of_stages_far_below)
{
	auto_strbuf struct strbuf text = {0}, out = {0};

	strbuf_add(&text, "FROM a AS s0\nENV FIRST=1\n");
	for (int i = 1; i < 600; i++)
		strbuf_printf(&text, "FROM s%d AS s%d\nENV V%d=x\n", i - 1, i, i);
	strbuf_add(&text, "USER $FIRST$V1$V300$V599$JAVA_HOME$NOWHERE\n");
	lint(&out, text.text, (struct lint_request){.image_env = image_env});
	CHECK_TEXT(strbuf_text(&out),
		   "UndefinedVar:1201: Usage of undefined variable '$NOWHERE'\n");
}

TEST(workdir_relative_path)
{
	check("FROM a AS b\nWORKDIR app/src\nWORKDIR more\nFROM b\nWORKDIR x\n",
	      "WorkdirRelativePath:2: Relative workdir \"app/src\" can have unexpected results if "
	      "the base image changes\n");
	check("FROM a\nENV D=/x\nWORKDIR $D\nWORKDIR y\n", "");
	check("FROM a\nWORKDIR $JAVA_HOME\n", "");
	check("FROM unknown\nWORKDIR $JAVA_HOME\n", "");
}

TEST(what_is_skipped)
{
	check("# check=skip=JSONArgsRecommended,NoEmptyContinuation\nFROM a as b\nCMD x \\\n\n",
	      "FromAsCasing:2: 'as' and 'FROM' keywords' casing do not match\n");
	check("# check=skip=all\nFROM a as b\nCMD x\n", "");
	check("FROM a\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT x\n",
	      "JSONArgsRecommended:4: JSON arguments recommended for ENTRYPOINT to prevent "
	      "unintended behavior related to OS signals\n");
}

TEST(only_what_the_target_needs)
{
	static const char text[] = "FROM a AS one\nCMD one\nFROM a AS two\nCMD two\n"
				   "FROM a AS three\nCMD three\nFROM a AS Four\nCOPY --from=0 x y\n"
				   "RUN --mount=target=/x,from=two true\nCMD four\n"
				   "FROM a\nCMD last\n";
	auto_strbuf struct strbuf last = {0}, four = {0}, all = {0};

	lint(&last, text, (struct lint_request){0});
	CHECK(!strstr(last.text, "JSONArgsRecommended:2:"));
	CHECK(strstr(last.text, "StageNameCasing:7:"));
	CHECK(strstr(last.text, "JSONArgsRecommended:12:"));
	lint(&four, text, (struct lint_request){.target = "four"});
	CHECK(strstr(four.text, "JSONArgsRecommended:2:"));
	CHECK(strstr(four.text, "JSONArgsRecommended:4:"));
	CHECK(!strstr(four.text, "JSONArgsRecommended:6:"));
	CHECK(strstr(four.text, "JSONArgsRecommended:10:"));
	CHECK(!strstr(four.text, "JSONArgsRecommended:12:"));
	lint(&all, text, (struct lint_request){.has_all_targets = true});
	CHECK(strstr(all.text, "JSONArgsRecommended:6:"));
}

TEST(build_arguments_count)
{
	const struct pair args[] = {{"DIR", "hidden"}, {"ROOT", "/x"}};
	auto_strbuf struct strbuf out = {0};

	lint(&out, "ARG ROOT\nFROM a\nARG DIR ROOT\nCOPY $DIR /x\nWORKDIR $ROOT\n",
	     (struct lint_request){
		     .is_ignored = hides_secret, .build_args = args, .build_arg_count = 2});
	CHECK_TEXT(strbuf_text(&out), "CopyIgnoredFile:4: Attempting to Copy file \"hidden\" that "
				      "is excluded by .dockerignore\n");
}

TEST(rules_are_described)
{
	CHECK_TEXT(lint_describe("StageNameCasing"),
		   "Stage names should be lowercase\n"
		   "https://docs.docker.com/go/dockerfile/rule/stage-name-casing/");
	CHECK(!lint_describe("NoSuchRule"));
}

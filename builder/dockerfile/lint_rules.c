/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of `build --check`: a table. Their names, and what they say, are BuildKit's. */
#include "builder/dockerfile/lint_private.h"

#define ABOUT(text, page) text "\nhttps://docs.docker.com/go/dockerfile/rule/" page "/"

const struct lint_rule lint_rules[] = {
	{.name = "ConsistentInstructionCasing",
	 .about = ABOUT("All commands within the Dockerfile should use the same casing (either "
			"upper or lower)",
			"consistent-instruction-casing"),
	 .check = lint_check_casing},
	{.name = "CopyIgnoredFile",
	 .about = ABOUT("Attempting to Copy file that is excluded by .dockerignore",
			"copy-ignored-file"),
	 .is_of_needed = true,
	 .check = lint_check_ignored},
	{.name = "DuplicateStageName",
	 .about = ABOUT("Stage names should be unique", "duplicate-stage-name"),
	 .check = lint_check_duplicate_stage},
	{.name = "ExposeInvalidFormat",
	 .about = ABOUT("IP address and host-port mapping should not be used in EXPOSE "
			"instruction. This will become an error in a future release",
			"expose-invalid-format"),
	 .is_of_needed = true,
	 .check = lint_check_expose_form},
	{.name = "ExposeProtoCasing",
	 .about =
		 ABOUT("Protocol in EXPOSE instruction should be lowercase", "expose-proto-casing"),
	 .is_of_needed = true,
	 .check = lint_check_expose_casing},
	{.name = "FromAsCasing",
	 .about = ABOUT("The 'as' keyword should match the case of the 'from' keyword",
			"from-as-casing"),
	 .check = lint_check_from_casing},
	{.name = "FromPlatformFlagConstDisallowed",
	 .about = ABOUT("FROM --platform flag should not use a constant value",
			"from-platform-flag-const-disallowed"),
	 .check = lint_check_constant_platform},
	{.name = "InvalidDefaultArgInFrom",
	 .about = ABOUT("Default value for global ARG results in an empty or invalid base image "
			"name",
			"invalid-default-arg-in-from"),
	 .check = lint_check_default_base},
	{.name = "InvalidDefinitionDescription",
	 .about = ABOUT("Comment for build stage or argument should follow the format: `# "
			"<arg/stage name> <description>`. If this is not intended to be a "
			"description comment, add an empty line or comment between the "
			"instruction and the comment.",
			"invalid-definition-description"),
	 .is_experimental = true,
	 .check = lint_check_description},
	{.name = "JSONArgsRecommended",
	 .about = ABOUT("JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended "
			"behavior related to OS signals",
			"json-args-recommended"),
	 .is_of_needed = true,
	 .check = lint_check_json},
	{.name = "LegacyKeyValueFormat",
	 .about = ABOUT("Legacy key/value format with whitespace separator should not be used",
			"legacy-key-value-format"),
	 .is_of_needed = true,
	 .check = lint_check_legacy},
	{.name = "MaintainerDeprecated",
	 .about = ABOUT("The MAINTAINER instruction is deprecated, use a label instead to define "
			"an image author",
			"maintainer-deprecated"),
	 .check = lint_check_maintainer},
	{.name = "MultipleInstructionsDisallowed",
	 .about = ABOUT("Multiple instructions of the same type should not be used in the same "
			"stage",
			"multiple-instructions-disallowed"),
	 .is_of_needed = true,
	 .check = lint_check_repeated},
	{.name = "NoEmptyContinuation", /* the parser's */
	 .about = ABOUT("Empty continuation lines will become errors in a future release",
			"no-empty-continuation")},
	{.name = "RedundantTargetPlatform",
	 .about = ABOUT("Setting platform to predefined $TARGETPLATFORM in FROM is redundant as "
			"this is the default behavior",
			"redundant-target-platform"),
	 .check = lint_check_redundant_platform},
	{.name = "ReservedStageName",
	 .about = ABOUT("Reserved words should not be used as stage names", "reserved-stage-name"),
	 .check = lint_check_reserved_stage},
	{.name = "SecretsUsedInArgOrEnv",
	 .about = ABOUT("Sensitive data should not be used in the ARG or ENV commands",
			"secrets-used-in-arg-or-env"),
	 .is_of_needed = true,
	 .check = lint_check_secrets},
	{.name = "StageNameCasing",
	 .about = ABOUT("Stage names should be lowercase", "stage-name-casing"),
	 .check = lint_check_stage_casing},
	{.name = "UndefinedArgInFrom",
	 .about = ABOUT("FROM command must use declared ARGs", "undefined-arg-in-from"),
	 .check = lint_check_from_variables},
	{.name = "UndefinedVar",
	 .about = ABOUT("Variables should be defined before their use", "undefined-var"),
	 .is_of_needed = true,
	 .check = lint_check_variables},
	{.name = "WorkdirRelativePath",
	 .about = ABOUT("Relative workdir without an absolute workdir declared within the build "
			"can have unexpected results if the base image changes",
			"workdir-relative-path"),
	 .is_of_needed = true,
	 .check = lint_check_working_dir},
	{0},
};

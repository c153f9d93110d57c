/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/known.h"

#include "base/strvec.h"
#include "runtime/mount_options.h"
#include "runtime/seccomp_profile.h"
#include "runtime/spec_schema.h"

void known_words(struct strvec *out, enum known_words which)
{
	switch (which) {
	case KNOWN_HOOKS:
		for (int kind = 0; kind < SPEC_HOOK_COUNT; kind++)
			strvec_add(out, spec_hook_name(kind));
		break;
	case KNOWN_NAMESPACES:
		spec_schema_namespaces(out);
		break;
	case KNOWN_MOUNT_OPTIONS:
		mount_options_words(out);
		break;
	case KNOWN_SECCOMP_ACTIONS:
		seccomp_profile_words(out, SECCOMP_ACTIONS);
		break;
	case KNOWN_SECCOMP_OPERATORS:
		seccomp_profile_words(out, SECCOMP_OPERATORS);
		break;
	case KNOWN_SECCOMP_ARCHES:
		seccomp_profile_words(out, SECCOMP_ARCHES);
		break;
	case KNOWN_SECCOMP_FLAGS:
		seccomp_profile_words(out, SECCOMP_FLAGS);
		break;
	}
	strvec_sort(out);
}

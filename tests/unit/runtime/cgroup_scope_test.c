/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/cgroup_scope.h"

#include <stdio.h>
#include <string.h>

/* "SLICE NAME", or the error. */
static const char *parsed(const char *path)
{
	static char text[1200];
	auto_free char *slice = NULL, *name = NULL;
	struct error err = {0};

	if (cgroup_scope_parse(&slice, &name, path, "web", &err) < 0)
		snprintf(text, sizeof(text), "%s", err.text);
	else
		snprintf(text, sizeof(text), "%s %s", slice, name);
	return text;
}

TEST(a_path_of_systemds_is_a_slice_and_a_scope)
{
	CHECK_TEXT(parsed("machine.slice:libpod:0123"), "machine.slice libpod-0123.scope");
	CHECK_TEXT(parsed("kubepods-besteffort-pod1_2.slice:cri-containerd:0123"),
		   "kubepods-besteffort-pod1_2.slice cri-containerd-0123.scope");
	CHECK_TEXT(parsed(":docker:0123"), "system.slice docker-0123.scope");
	CHECK_TEXT(parsed("a.slice::0123"), "a.slice 0123.scope");
	CHECK_TEXT(parsed("-.slice:a:b"), "-.slice a-b.scope");
	CHECK_TEXT(parsed(NULL), "system.slice coracle-web.scope");
	CHECK_TEXT(parsed(""), "system.slice coracle-web.scope");
}

TEST(what_is_no_name_of_a_unit_is_refused)
{
	static const char *const forms[] = {"/coracle/web", "a.slice", "a.slice:b",
					    "a.slice:b:", "a.slice:b:c:d"};

	for (size_t i = 0; i < array_length(forms); i++)
		CHECK(strstr(parsed(forms[i]), "SLICE:PREFIX:NAME"));
	CHECK_TEXT(parsed("a:b:c"), "'a' is not the name of a slice of systemd's");
	CHECK_TEXT(parsed(".slice:b:c"), "'.slice' is not the name of a slice of systemd's");
	CHECK_TEXT(parsed("a/b.slice:b:c"), "'a/b.slice' is not the name of a slice of systemd's");
	/* systemctl takes patterns. */
	CHECK_TEXT(parsed("a.slice:b:*"), "'b-*.scope' is not the name of a scope of systemd's");
	CHECK_TEXT(parsed("a.slice:b:c d"),
		   "'b-c d.scope' is not the name of a scope of systemd's");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "runtime/spec.h"
#include "runtime/sysctl.h"

#include <string.h>

static bool allowed(const char *name, const char *value, bool own_network)
{
	struct pair pair = {name, value};
	struct spec spec = {.sysctls = &pair, .sysctl_count = 1};
	struct error err = {0};

	spec.namespaces[SPEC_NS_NETWORK].own = own_network;
	spec.namespaces[SPEC_NS_IPC].own = true;
	return sysctl_check(&spec, false, &err) == 0;
}

TEST(keys_become_paths_below_sys)
{
	auto_free char *dots = sysctl_path("net.ipv4.ip_forward");
	auto_free char *slashes = sysctl_path("net/ipv4/conf/eth0.1/forwarding");

	CHECK_TEXT(dots, "sys/net/ipv4/ip_forward");
	CHECK_TEXT(slashes, "sys/net/ipv4/conf/eth0.1/forwarding");
	CHECK(!sysctl_path(""));
	CHECK(!sysctl_path("net..core"));
	CHECK(!sysctl_path(".net"));
	CHECK(!sysctl_path("net."));
	CHECK(!sysctl_path("net/../kernel/core_pattern"));
	CHECK(!sysctl_path("net.ipv4/conf"));
	CHECK(!sysctl_path("net.a\nb"));
	CHECK(!sysctl_path("net.a b"));
}

TEST(only_namespaced_keys_are_allowed)
{
	CHECK(allowed("net.core.somaxconn", "1", true));
	CHECK(!allowed("net.core.somaxconn", "1", false));
	CHECK(allowed("kernel.shm_rmid_forced", "1", true));
	CHECK(allowed("fs.mqueue.msg_max", "100", true));
	CHECK(!allowed("kernel.core_pattern", "x", true));
	CHECK(!allowed("kernel.msgmax2", "x", true));
	CHECK(!allowed("kernel.panic", "1", true));
	CHECK(!allowed("vm.swappiness", "1", true));
	CHECK(!allowed("kernel.msgmax", "1\n2", true));
	CHECK(!allowed("net", "1", true));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "runtime/cgroup_properties.h"
#include "runtime/spec.h"

#include <string.h>

/* All of them, "; " between. */
static const char *join(const struct strvec *properties)
{
	static struct strbuf text;

	strbuf_clear(&text);
	strvec_each (property, properties)
		strbuf_printf(&text, "%s%s", text.length ? "; " : "", *property);
	return strbuf_text(&text);
}

static const char *of(const struct spec_resources *resources, bool is_new, int version)
{
	static struct strvec properties;

	strvec_release(&properties);
	cgroup_properties_add(&properties, resources, is_new, version);
	return join(&properties);
}

TEST(limits_are_properties)
{
	struct spec_throttle throttle = {8, 0, 1000};

	CHECK_TEXT(of(&(struct spec_resources){.memory_limit = 104857600,
					       .memory_swap = 157286400,
					       .memory_reservation = 1048576,
					       .cpu_quota_us = 50000,
					       .cpu_shares = 1024,
					       .cpuset_cpus = "0-3,7",
					       .cpuset_mems = "0",
					       .pids_limit = 50,
					       .io_weight = 1000,
					       .read_bps = &throttle,
					       .read_bps_count = 1},
		      true, 252),
		   "MemoryMax=104857600; MemorySwapMax=52428800; MemoryLow=1048576; CPUQuota=50%; "
		   "CPUQuotaPeriodSec=100000us; CPUWeight=100; AllowedCPUs=0-3,7; "
		   "AllowedMemoryNodes=0; TasksMax=50; IOWeight=10000");
	CHECK_TEXT(of(&(struct spec_resources){0}, true, 252), "");
}

TEST(no_limit_is_a_property_too)
{
	CHECK_TEXT(of(&(struct spec_resources){.memory_limit = -1,
					       .memory_swap = -1,
					       .cpu_quota_us = -1,
					       .pids_limit = -1},
		      true, 252),
		   "MemoryMax=infinity; MemorySwapMax=infinity; CPUQuota=; "
		   "CPUQuotaPeriodSec=100000us; TasksMax=infinity");
}

TEST(processor_time_is_rounded_up_to_what_systemd_keeps)
{
	CHECK_TEXT(of(&(struct spec_resources){.cpu_quota_us = 12345, .cpu_period_us = 50000}, true,
		      252),
		   "CPUQuota=25%; CPUQuotaPeriodSec=50000us");
	CHECK_TEXT(of(&(struct spec_resources){.cpu_quota_us = 250000}, true, 252),
		   "CPUQuota=250%; CPUQuotaPeriodSec=100000us");
}

TEST(what_stands_in_the_kernels_words_is_a_property_where_systemd_has_one)
{
	struct pair unified[] = {{"memory.high", "max"},   {"memory.min", "4096"},
				 {"cpu.max", "20000"},	   {"cpu.weight", "50"},
				 {"io.weight", "77"},	   {"io.max", "8:0 rbps=1"},
				 {"hugetlb.2MB.max", "0"}, {"pids.max", "7"}};

	CHECK_TEXT(of(&(struct spec_resources){.unified = unified,
					       .unified_count = array_length(unified)},
		      true, 252),
		   "MemoryHigh=infinity; MemoryMin=4096; CPUQuota=20%; CPUQuotaPeriodSec=100000us; "
		   "CPUWeight=50; IOWeight=77; TasksMax=7");
}

TEST(what_an_older_systemd_does_not_know_is_left_out)
{
	struct pair unified[] = {{"memory.oom.group", "1"}};
	struct spec_resources resources = {.has_cpu_idle = true,
					   .cpu_idle = 1,
					   .cpu_shares = 2048,
					   .unified = unified,
					   .unified_count = 1};
	struct spec_resources plain = {.pids_limit = 5};

	CHECK(cgroup_properties_need_version(&resources));
	CHECK(!cgroup_properties_need_version(&plain));
	CHECK_TEXT(of(&resources, true, -1), "CPUWeight=174");
	CHECK_TEXT(of(&resources, true, 252), "CPUWeight=174; CPUWeight=idle");
	CHECK_TEXT(of(&resources, true, 253), "CPUWeight=174; CPUWeight=idle; OOMPolicy=kill");
	CHECK_TEXT(of(&resources, false, 253), "CPUWeight=174; CPUWeight=idle");
}

#define OUR(name) "org.systemd.property." name

TEST(annotations_are_properties_as_units_write_them)
{
	struct pair annotations[] = {
		{OUR("TimeoutStopUSec"), "uint64 90000000"},
		{OUR("KillSignal"), "37"},
		{OUR("SendSIGHUP"), "true"},
		{OUR("CollectMode"), "'inactive-or-failed'"},
		{OUR("After"), "['a.service', \"b\\\"c.service\" ]"},
		{"something.else", "['"},
	};
	auto_strvec struct strvec properties = {0};

	CHECK(cgroup_properties_annotate(&properties, annotations, array_length(annotations),
					 NULL) == 0);
	CHECK_TEXT(join(&properties),
		   "TimeoutStopSec=90000000us; KillSignal=37; SendSIGHUP=true; "
		   "CollectMode=inactive-or-failed; After=a.service b\"c.service");
}

TEST(an_annotation_that_is_no_value_is_an_error_that_names_it)
{
	static const char *const wrong[] = {"",	      "text", "'a",	   "['a'", "['a' x]",
					    "uint64", "5 6",  "uint64 5 ", "'a'b"};

	for (size_t i = 0; i < array_length(wrong); i++) {
		struct pair pair = {OUR("After"), (char *)wrong[i]};
		auto_strvec struct strvec properties = {0};
		struct error err = {0};

		CHECK(cgroup_properties_annotate(&properties, &pair, 1, &err) < 0);
		CHECK(strstr(err.text, "org.systemd.property.After"));
	}
}

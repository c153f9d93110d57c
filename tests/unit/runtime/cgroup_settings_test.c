/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "runtime/cgroup_limits.h"
#include "runtime/cgroup_settings.h"
#include "runtime/spec.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static int warnings;
static char last_warning[512];

static void count_warning(enum log_level level, const char *text, void *data)
{
	(void)data;
	warnings += level == LOG_LEVEL_WARNING;
	strncpy(last_warning, text, sizeof(last_warning) - 1);
}

static const char *format(const char *file, const struct spec_resources *resources)
{
	static struct strbuf out;

	strbuf_clear(&out);
	for (const struct cgroup_limit *limit = cgroup_limits; limit->name; limit++)
		if (strcmp(limit->file, file) == 0)
			limit->format(&out, resources);
	return out.length ? out.text : "";
}

TEST(limits_are_written_as_the_kernel_wants_them)
{
	struct spec_throttle throttle[] = {{8, 0, 1000}, {8, 16, 2000}};
	struct spec_resources r = {
		.memory_limit = 104857600,
		.memory_swap = 157286400,
		.cpu_quota_us = 50000,
		.pids_limit = -1,
		.cpuset_cpus = "0-1",
		.io_weight = 1000,
		.read_bps = throttle,
		.read_bps_count = 2,
		.write_iops = throttle,
		.write_iops_count = 1,
	};

	CHECK_TEXT(format("memory.max", &r), "104857600\n");
	CHECK_TEXT(format("memory.swap.max", &r), "52428800\n");
	CHECK_TEXT(format("cpu.max", &r), "50000 100000\n");
	CHECK_TEXT(format("pids.max", &r), "max\n");
	CHECK_TEXT(format("cpuset.cpus", &r), "0-1\n");
	CHECK_TEXT(format("io.weight", &r), "default 10000\n");
	CHECK_TEXT(format("io.max", &r), "8:0 rbps=1000\n8:16 rbps=2000\n8:0 wiops=1000\n");
	CHECK_TEXT(format("cpu.weight", &r), "");
	r.memory_swap = -1;
	CHECK_TEXT(format("memory.swap.max", &r), "max\n");
	r.memory_swap = r.memory_limit;
	CHECK_TEXT(format("memory.swap.max", &r), "0\n");
	r.cpu_quota_us = -1;
	r.cpu_period_us = 5000;
	CHECK_TEXT(format("cpu.max", &r), "max 5000\n");
}

TEST(default_shares_are_the_default_weight)
{
	CHECK_INT(cgroup_limits_weight(0), 1);
	CHECK_INT(cgroup_limits_weight(2), 1);
	CHECK_INT(cgroup_limits_weight(1024), 100);
	CHECK_INT(cgroup_limits_weight(262144), 10000);
	CHECK_INT(cgroup_limits_weight(UINT64_MAX), 10000);
	for (uint64_t shares = 2; shares < 262144; shares++) {
		double l = log2((double)shares);
		double exact = pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0);

		CHECK_INT(cgroup_limits_weight(shares), (unsigned)ceil(exact - 1e-6));
	}
}

TEST(a_missing_controller_is_one_warning_that_names_the_limit)
{
	auto_close int directory = test_directory(NULL);
	struct spec_resources r = {.pids_limit = 5};
	struct error err = {0};

	warnings = 0;
	log_set_sink(count_warning, NULL);
	CHECK_OK(cgroup_settings_apply(directory, &r, &err));
	CHECK_OK(cgroup_settings_apply(directory, &r, &err));
	log_set_sink(NULL, NULL);
	CHECK_INT(warnings, 1);
	CHECK(strstr(last_warning, "process limit") && strstr(last_warning, "pids"));
}

TEST(limits_go_into_the_files_bfq_first)
{
	auto_close int directory = test_directory(NULL);
	auto_strbuf struct strbuf text = {0}, bfq = {0}, untouched = {0};
	struct spec_resources r = {.pids_limit = 5, .io_weight = 300};
	struct error err = {0};

	CHECK_OK(file_replace_volatile(directory, "pids.max", "", 0, 0600, &err));
	CHECK_OK(file_replace_volatile(directory, "io.bfq.weight", "", 0, 0600, &err));
	CHECK_OK(file_replace_volatile(directory, "io.weight", "", 0, 0600, &err));
	CHECK_OK(cgroup_settings_apply(directory, &r, &err));
	CHECK_OK(file_read(directory, "pids.max", 100, &text, &err));
	CHECK_OK(file_read(directory, "io.bfq.weight", 100, &bfq, &err));
	CHECK_OK(file_read(directory, "io.weight", 100, &untouched, &err));
	CHECK_TEXT(strbuf_text(&text), "5");
	CHECK_TEXT(strbuf_text(&bfq), "300");
	CHECK_TEXT(strbuf_text(&untouched), "");
}

TEST(limits_change_all_or_none)
{
	auto_close int directory = test_directory(NULL);
	auto_strbuf struct strbuf text = {0};
	struct spec_resources r = {.memory_limit = 2222, .pids_limit = 5};
	struct error err = {0};

	CHECK_OK(file_replace_volatile(directory, "memory.max", "1111\n", 5, 0600, &err));
	CHECK_OK(symlinkat("/dev/full", directory, "pids.max"));
	CHECK_INT(cgroup_settings_change(directory, &r, &err), -1);
	CHECK(strstr(err.text, "cannot write '5' to pids.max"));
	CHECK_OK(file_read(directory, "memory.max", 100, &text, &err));
	CHECK_TEXT(strbuf_text(&text), "1111\n");
}

static void put(int directory, const char *file, const char *text)
{
	CHECK(file_replace_volatile(directory, file, text, strlen(text), 0600, NULL) == 0);
}

static const char *get(int directory, const char *file)
{
	static struct strbuf text;

	strbuf_clear(&text);
	CHECK(file_read(directory, file, 1000, &text, NULL) == 0);
	return strbuf_text(&text);
}

TEST(what_only_oci_says_goes_into_its_files)
{
	struct spec_hugepages pages[] = {{"2MB", 4194304}, {"1GB", 0}};
	struct spec_rdma rdma[] = {{"mlx", true, false, 3, 0}, {"rxe", true, true, 0, 9}};
	struct pair unified[] = {{"memory.high", "77"}, {"pids.max", "6"}, {"cpu.idle", ""}};
	struct spec_resources r = {
		.pids_limit = 5,
		.cpu_quota_us = 1000,
		.cpu_burst_us = 500,
		.has_cpu_idle = true,
		.hugepages = pages,
		.hugepage_count = 2,
		.rdma = rdma,
		.rdma_count = 2,
		.unified = unified,
		.unified_count = 3,
	};
	static const char *const files[] = {
		"memory.high",	   "pids.max",	      "cpu.max",  "cpu.max.burst",
		"cpu.idle",	   "hugetlb.2MB.max", "rdma.max", "hugetlb.2MB.rsvd.max",
		"hugetlb.1GB.max",
	};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};

	CHECK_TEXT(format("rdma.max", &r), "mlx hca_handle=3\nrxe hca_handle=0 hca_object=9\n");
	for (size_t i = 0; i < array_length(files); i++)
		put(directory, files[i], "");
	CHECK_OK(cgroup_settings_apply(directory, &r, &err));
	CHECK_TEXT(get(directory, "memory.high"), "77");
	CHECK_TEXT(get(directory, "pids.max"), "6"); /* what is said in the kernel's words wins */
	CHECK_TEXT(get(directory, "cpu.max.burst"), "500");
	CHECK_TEXT(get(directory, "cpu.idle"), "0");
	CHECK_TEXT(get(directory, "hugetlb.2MB.max"), "4194304");
	CHECK_TEXT(get(directory, "hugetlb.2MB.rsvd.max"), "4194304");
	CHECK_TEXT(get(directory, "hugetlb.1GB.max"), "0");
	CHECK(cgroup_settings_need(&r, "hugetlb") && cgroup_settings_need(&r, "rdma"));
	CHECK(cgroup_settings_need(&r, "memory") && !cgroup_settings_need(&r, "cpuset"));
}

TEST(a_unified_file_that_is_missing_is_an_error)
{
	struct pair unified[] = {{"memory.high", "77"}};
	struct spec_resources r = {.unified = unified, .unified_count = 1};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};

	CHECK_INT(cgroup_settings_apply(directory, &r, &err), -1);
	CHECK(strstr(err.text, "memory.high"));
}

TEST(a_limit_below_what_is_in_use_is_refused_when_asked_for)
{
	struct spec_resources r = {.memory_limit = 1000, .check_before_update = true};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};

	put(directory, "memory.current", "1001\n");
	put(directory, "memory.max", "");
	CHECK_INT(cgroup_settings_change(directory, &r, &err), -1);
	CHECK(strstr(err.text, "1001 bytes are in use"));
	CHECK_TEXT(get(directory, "memory.max"), "");
	r.memory_limit = 2000;
	CHECK_OK(cgroup_settings_change(directory, &r, &err));
	CHECK_TEXT(get(directory, "memory.max"), "2000");
}

TEST(a_limit_of_swap_that_says_nothing_is_a_warning)
{
	struct spec_resources r = {.memory_swap = 1000};
	auto_close int directory = test_directory(NULL);
	struct error err = {0};

	warnings = 0;
	log_set_sink(count_warning, NULL);
	CHECK_OK(cgroup_settings_apply(directory, &r, &err));
	log_set_sink(NULL, NULL);
	CHECK_INT(warnings, 1);
	CHECK(strstr(last_warning, "memory and swap has no effect"));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a process is scheduled, seen from inside of a container.
 */
#include "tests/unit/runtime/box.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/personality.h>

#define POLICY_AND_NICE "busybox awk '{print $41, $19}' /proc/self/stat"

TEST(scheduler_and_io_priority_are_set)
{
	struct exec_request request = {0};
	struct box box;

	box_init(&box);
	box.spec.has_scheduler = box.spec.has_io_priority = true;
	box.spec.scheduler = (struct spec_scheduler){.policy = SCHED_BATCH, .nice = 7};
	box.spec.io_priority = (struct spec_io_priority){IOPRIO_CLASS_BE, 6};
	CHECK_INT(box_run(&box, POLICY_AND_NICE "; busybox ionice -p 1"), 0);
	CHECK_TEXT(box.text, "3 7\nbest-effort: prio 6\n");
	spawn_release(&box.spawned);
	box_start_sleeper(&box);
	box.spec.scheduler = (struct spec_scheduler){.policy = SCHED_RR, .priority = 3};
	CHECK_INT(box_exec(&box, &request, POLICY_AND_NICE), 0);
	CHECK_TEXT(box.text, "2 0\n");
	box.spec.scheduler = (struct spec_scheduler){.policy = SCHED_RR};
	CHECK_INT(box_exec(&box, &request, "true"), -1);
	CHECK(strstr(box.err.text, "process.scheduler"));
	box_stop(&box);
	box_release(&box);
}

TEST(a_deadline_is_met_by_a_process_that_does_not_fork)
{
	char *args[] = {(char *)"busybox",	   (char *)"cut", (char *)"-d ", (char *)"-f41",
			(char *)"/proc/self/stat", NULL};
	struct box box;

	box_init(&box);
	box.spec.has_scheduler = true;
	box.spec.scheduler = (struct spec_scheduler){
		.policy = 6, /* SCHED_DEADLINE */
		.runtime_ns = 1000000,
		.deadline_ns = 10000000,
		.period_ns = 10000000,
	};
	if (box_create(&box, args) < 0 || spawn_start(&box.spawned, &box.err) < 0)
		fail_msg("%s", box.err.text);
	read_all(box.output, box.text, sizeof(box.text));
	CHECK_INT(process_reap(box.spawned.pid), 0);
	CHECK_TEXT(box.text, "6\n");
	box_release(&box);
}

TEST(further_processes_get_their_processors)
{
	struct exec_request request = {0};
	struct box box;

	box_init(&box);
	box_start_sleeper(&box);
	box.spec.exec_cpus_initial = "0";
	box.spec.exec_cpus_final = "0";
	CHECK_INT(box_exec(&box, &request, "busybox grep Cpus_allowed_list /proc/self/status"), 0);
	CHECK_TEXT(box.text, "Cpus_allowed_list:\t0\n");
	box.spec.exec_cpus_final = "1-0";
	CHECK_INT(box_exec(&box, &request, "true"), -1);
	CHECK(strstr(box.err.text, "'1-0' is not a list"));
	box_stop(&box);
	box_release(&box);
}

TEST(personality_and_memory_policy_are_the_processs)
{
	struct box box;

	box_init(&box);
	box.spec.has_personality = true;
	box.spec.personality = PER_LINUX32;
	box.spec.has_memory_policy = true;
	box.spec.memory_policy = (struct spec_memory_policy){.mode = 2, .nodes = "0"};
	CHECK_INT(box_run(&box, "busybox uname -m; busybox head -n1 /proc/self/numa_maps"), 0);
	CHECK(!strstr(box.text, "64\n") && strstr(box.text, " bind:0 "));
	spawn_release(&box.spawned);
	box.spec.memory_policy.nodes = "0,";
	CHECK_INT(start_failure(&box, "true"), 128);
	CHECK(strstr(box.err.text, "linux.memoryPolicy.nodes: '0,'"));
	box_release(&box);
}

TEST(what_is_not_said_of_the_oom_killer_stays)
{
	struct box box;

	box_init(&box);
	box.spec.has_oom_score_adj = false;
	CHECK(box_run(&box, "busybox cat /proc/self/oom_score_adj") == 0);
	box_release(&box);
}

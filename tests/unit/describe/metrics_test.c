/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/strbuf.h"
#include "describe/metrics.h"
#include "engine/container.h"

#include <stdio.h>
#include <string.h>

static const struct metrics_host host = {.now = 1700000000, .processors = 4, .memory = 8192};

static struct pair labels[] = {{"com.docker.compose.project", "shop"},
			       {"com.docker.compose_project", "the second of this name"},
			       {"odd", "a\\b \"c\"\nd"},
			       {"\xc3\xa9t\xc3\xa9", "summer"}};
static const struct container container = {
	.id = "feed",
	.name = "web",
	.config = {.image = "busybox:1",
		   .labels = labels,
		   .label_count = 4,
		   .resources = {.memory_limit = 64}},
	.state = {.status = CONTAINER_RUNNING,
		  .started_at = "2023-11-14T22:13:20.5Z",
		  .restart_count = 3,
		  .health = HEALTH_UNHEALTHY},
};

#define LABELS                                                                                     \
	"id=\"/docker/feed\",image=\"busybox:1\",name=\"web\","                                    \
	"container_label_com_docker_compose_project=\"shop\","                                     \
	"container_label_odd=\"a\\\\b \\\"c\\\"\\nd\",container_label___t__=\"summer\""

static const char *format(struct strbuf *text, const struct metrics_subject *subjects, size_t count)
{
	metrics_format(text, &host, subjects, count);
	return strbuf_text(text);
}

TEST(a_running_container_has_all_with_its_labels_escaped_and_each_name_once)
{
	auto_strbuf struct strbuf text = {0};
	struct container_interface interface = {.name = "eth0", .received = {.bytes = 7}};
	struct metrics_subject subject = {&container,
					  {.time_ns = 1,
					   .cpu_us = 12000034,
					   .memory = 20,
					   .memory_whole = 30,
					   .written = 9,
					   .interfaces = &interface,
					   .interface_count = 1}};
	static const char *const lines[] = {
		"\ncontainer_cpu_usage_seconds_total{" LABELS ",cpu=\"total\"} 12.000034\n",
		"\ncontainer_memory_working_set_bytes{" LABELS "} 20\n",
		"\ncontainer_memory_usage_bytes{" LABELS "} 30\n",
		"\ncontainer_network_receive_bytes_total{" LABELS ",interface=\"eth0\"} 7\n",
		"\ncontainer_blkio_device_usage_total{" LABELS ",operation=\"Write\"} 9\n",
		"\ncontainer_last_seen{" LABELS "} 1700000000\n",
		"\ncontainer_start_time_seconds{" LABELS "} 1700000000\n",
		"\ncontainer_spec_memory_limit_bytes{" LABELS "} 64\n",
		"\ncontainer_restarts_total{" LABELS "} 3\n",
		"\ncontainer_health_state{" LABELS "} 0\n",
		"\nmachine_cpu_cores 4\n",
		"\nmachine_memory_bytes 8192\n",
	};

	format(&text, &subject, 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		CHECK(strstr(text.text, lines[i]));
}

TEST(one_that_does_not_run_has_restarts_and_health_alone)
{
	auto_strbuf struct strbuf text = {0};
	struct metrics_subject subject = {&container, {0}};

	format(&text, &subject, 1);
	CHECK(!strstr(text.text, "container_last_seen{"));
	CHECK(!strstr(text.text, "container_memory_usage_bytes{"));
	CHECK(!strstr(text.text, "container_start_time_seconds{"));
	CHECK(strstr(text.text, "container_restarts_total{"));
	CHECK(strstr(text.text, "container_health_state{"));
}

/* Each name is declared once, and what is behind a declaration is of that name. */
TEST(each_metric_stands_in_one_piece_behind_its_type)
{
	auto_strbuf struct strbuf text = {0};
	struct metrics_subject subjects[] = {{&container, {.time_ns = 1}},
					     {&container, {.time_ns = 1}}};
	char *rest, *line, current[128] = "";
	int declared = 0;

	format(&text, subjects, 2);
	rest = text.text;
	while ((line = strsep(&rest, "\n"))) {
		size_t length = strlen(current);

		if (strncmp(line, "# TYPE ", 7) == 0) {
			snprintf(current, sizeof(current), "%.*s", (int)strcspn(line + 7, " "),
				 line + 7);
			declared++;
		} else if (*line && *line != '#') {
			CHECK(strncmp(line, current, length) == 0);
			CHECK(line[length] == '{' || line[length] == ' ');
		}
	}
	CHECK(declared > 30);
}

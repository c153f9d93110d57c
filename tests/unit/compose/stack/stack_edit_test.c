/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a service are pure: a model in, another one out. Each case says what is written and
 * what the service looks like then.
 */
#include "compose/stack/stack_edit.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "tests/harness/harness.h"

#include <stdio.h>
#include <string.h>

static const char model_text[] =
	"{\"services\":{\"web\":{\"image\":\"nginx\",\"build\":{\"context\":\"/x\"},"
	"\"environment\":{\"A\":\"1\",\"B\":\"2\"},"
	"\"ports\":[{\"target\":80,\"published\":\"8080\",\"protocol\":\"tcp\"},"
	"{\"target\":53,\"protocol\":\"udp\"}],"
	"\"networks\":{\"front\":null},\"dns\":[\"1.1.1.1\"],"
	"\"volumes\":[{\"type\":\"volume\",\"source\":\"data\",\"target\":\"/data\"}]}},"
	"\"networks\":{\"front\":{\"name\":\"shop_front\"}},\"volumes\":{\"data\":{\"name\":\"shop_"
	"data\"}}}";

/* The attribute @wanted of the model after one edit, as JSON. */
static void expect(enum stack_edit_kind kind, const char *path, const char *value,
		   const char *place, const char *wanted)
{
	const struct stack_edit edit = {kind, path, value};
	auto_json json *model = json_parse(model_text, strlen(model_text), "model", NULL);
	auto_strbuf struct strbuf text = {0};
	struct error err = {0};
	const json *part = model;
	char words[256], *rest = words, *word;

	if (stack_edit_service(model, "web", &edit, 1, &err) < 0)
		fail_msg("%s %s: %s", path, value, err.text);
	snprintf(words, sizeof(words), "%s", place);
	while ((word = strsep(&rest, "/")))
		part = json_get(part, word);
	if (part)
		json_print(&text, part, false);
	if (strcmp(strbuf_text(&text), wanted) != 0)
		fail_msg("%s %s: %s is %s, not %s", path, value, place, strbuf_text(&text), wanted);
}

static void refuse(enum stack_edit_kind kind, const char *path, const char *value, const char *text)
{
	const struct stack_edit edit = {kind, path, value};
	auto_json json *model = json_parse(model_text, strlen(model_text), "model", NULL);
	struct error err = {0};

	if (stack_edit_service(model, "web", &edit, 1, &err) == 0)
		fail_msg("%s %s is taken", path, value);
	if (err.code != ERROR_INVALID || !strstr(err.text, text))
		fail_msg("%s %s: %s", path, value, err.text);
}

TEST(sets_single_values)
{
	expect(STACK_SET_TEXT, "image", "nginx:2", "services/web/image", "\"nginx:2\"");
	expect(STACK_SET_TEXT, "image", "nginx:2", "services/web/build", "");
	expect(STACK_SET_TEXT, "user", "a$b", "services/web/user", "\"a$$b\"");
	expect(STACK_SET_TEXT, "image", "", "services/web/image", "");
	expect(STACK_SET_NUMBER, "deploy.replicas", "5", "services/web/deploy", "{\"replicas\":5}");
	expect(STACK_SET_FLAG, "tty", "true", "services/web/tty", "true");
	refuse(STACK_SET_NUMBER, "deploy.replicas", "many", "many");
	refuse(STACK_SET_FLAG, "tty", "perhaps", "perhaps");
}

TEST(changes_pairs_and_items)
{
	expect(STACK_ADD_PAIR, "environment", "B=x=$y", "services/web/environment",
	       "{\"A\":\"1\",\"B\":\"x=$$y\"}");
	expect(STACK_REMOVE_PAIR, "environment", "A", "services/web/environment", "{\"B\":\"2\"}");
	expect(STACK_ADD_PAIR, "deploy.labels", "tier=front", "services/web/deploy/labels",
	       "{\"tier\":\"front\"}");
	expect(STACK_ADD_ITEM, "dns", "1.1.1.1", "services/web/dns", "[\"1.1.1.1\"]");
	expect(STACK_ADD_ITEM, "dns", "9.9.9.9", "services/web/dns", "[\"1.1.1.1\",\"9.9.9.9\"]");
	expect(STACK_REMOVE_ITEM, "dns", "1.1.1.1", "services/web/dns", "[]");
	expect(STACK_ADD_HOST, "extra_hosts", "db:10.0.0.1", "services/web/extra_hosts",
	       "[\"db=10.0.0.1\"]");
	expect(STACK_ADD_ULIMIT, "ulimits", "nofile=10:20", "services/web/ulimits",
	       "{\"nofile\":{\"soft\":\"10\",\"hard\":\"20\"}}");
	refuse(STACK_ADD_PAIR, "environment", "=x", "NAME=VALUE");
	refuse(STACK_ADD_HOST, "extra_hosts", "db", "HOST:ADDRESS");
}

TEST(changes_ports_and_mounts)
{
	expect(STACK_REMOVE_PORT, "ports", "80", "services/web/ports",
	       "[{\"target\":53,\"protocol\":\"udp\"}]");
	expect(STACK_REMOVE_PORT, "ports", "53/tcp", "services/web/ports/none", "");
	expect(STACK_ADD_MOUNT, "volumes", "type=bind,src=/a,dst=/data,readonly",
	       "services/web/volumes",
	       "[{\"type\":\"bind\",\"source\":\"/a\",\"target\":\"/data\",\"read_only\":true,"
	       "\"bind\":{\"create_host_path\":false}}]");
	expect(STACK_ADD_MOUNT, "volumes", "source=logs,target=/logs", "volumes/logs",
	       "{\"name\":\"logs\"}");
	expect(STACK_REMOVE_MOUNT, "volumes", "/data", "services/web/volumes", "[]");
	refuse(STACK_ADD_MOUNT, "volumes", "type=bind,where=/a", "unexpected key 'where'");
	refuse(STACK_ADD_MOUNT, "volumes", "type=bind,src=/a", "target is required");
	refuse(STACK_ADD_PORT, "ports", "published=80,target=web", "target");
}

TEST(changes_networks_and_files)
{
	expect(STACK_ADD_NETWORK, "networks", "other", "networks/other",
	       "{\"name\":\"other\",\"external\":true}");
	expect(STACK_ADD_NETWORK, "networks", "name=other,alias=w", "services/web/networks",
	       "{\"front\":null,\"other\":{\"aliases\":[\"w\"]}}");
	/* One of the stack's own goes by what it is called. */
	expect(STACK_REMOVE_NETWORK, "networks", "shop_front", "services/web/network_mode",
	       "\"bridge\"");
	expect(STACK_ADD_FILE, "secrets", "source=key,target=k,mode=0400", "services/web/secrets",
	       "[{\"source\":\"key\",\"target\":\"k\",\"mode\":\"0400\"}]");
	expect(STACK_ADD_FILE, "configs", "conf", "configs/conf",
	       "{\"name\":\"conf\",\"external\":true}");
	refuse(STACK_ADD_FILE, "secrets", "target=k", "source is required");
}

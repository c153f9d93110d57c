/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What docker's clients read of the daemon that they take us for, and what of it would be a
 * warning.
 */
#include "describe/describe_private.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "base/units.h"
#include "engine/engine.h"
#include "registry/config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* Nothing is resident that could count anything. */
static const char constants[] =
	"{\"NFd\":0,\"NGoroutines\":0,\"NEventsListener\":0,\"BridgeNfIptables\":true,"
	"\"BridgeNfIp6tables\":true,\"IndexServerAddress\":\"https://index.docker.io/v1/\","
	"\"RegistryConfig\":{\"InsecureRegistryCIDRs\":[\"::1/128\",\"127.0.0.0/8\"],"
	"\"IndexConfigs\":{},\"Mirrors\":[]},\"OSVersion\":\"\",\"CDISpecDirs\":[],"
	"\"FirewallBackend\":{\"Driver\":\"nftables\",\"Info\":[]},\"ContainerdCommit\":{\"ID\":"
	"\"\"},\"RuncCommit\":{\"ID\":\"\"},\"InitCommit\":{\"ID\":\"\"},"
	"\"Swarm\":{\"NodeID\":\"\",\"NodeAddr\":\"\",\"LocalNodeState\":\"inactive\","
	"\"ControlAvailable\":false,\"Error\":\"\",\"RemoteManagers\":null}}";

/* Docker's is made up once and kept; ours follows from the machine and where our files are. */
static void add_id(json *info, const struct engine *engine)
{
	auto_strbuf struct strbuf machine = {0};
	auto_free char *text = NULL;
	auto_free char *id = NULL;
	char hex[DIGEST_HEX_SIZE];

	if (file_read(AT_FDCWD, "/etc/machine-id", 4096, &machine, NULL) < 0)
		strbuf_add(&machine, json_string(info, "Name", ""));
	text = alloc_format("engine %s %s", strbuf_text(&machine), engine->layout.root);
	digest_hex(hex, text, strlen(text));
	id = alloc_format("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	json_set_string(info, "ID", id);
}

/* "http://user:password@host" without those two. */
static void add_proxy(json *info, const char *member, const char *upper, const char *lower)
{
	auto_strbuf struct strbuf shown = {0};
	const char *value = getenv(upper);
	const char *begin, *end;

	if (!value || !*value)
		value = getenv(lower);
	if (!value)
		value = "";
	begin = strstr(value, "://");
	begin = begin ? begin + 3 : value;
	end = memrchr(begin, '@', strcspn(begin, "/"));
	strbuf_add_n(&shown, value, (size_t)(begin - value));
	if (end)
		strbuf_add(&shown, "xxxxx:xxxxx");
	strbuf_add(&shown, end ? end : begin);
	json_set_string(info, member, strbuf_text(&shown));
}

static json *registry(const char *name, const struct strvec *mirrors, bool is_secure)
{
	json *value = json_new_object();

	json_set_string(value, "Name", name);
	json_set(value, "Mirrors", mirrors ? json_from_strings(mirrors->items) : json_new_array());
	json_set_bool(value, "Secure", is_secure);
	json_set_bool(value, "Official", strcmp(name, "docker.io") == 0);
	return value;
}

static void add_registries(json *info)
{
	auto_config struct config config = {0};
	json *all = json_get(info, "RegistryConfig"), *hosts = json_get(all, "IndexConfigs");
	const struct strvec *mirrors;

	config_load(&config, NULL); /* what is wrong with it a pull says */
	mirrors = config_mirrors(&config, "docker.io");
	json_set(hosts, "docker.io", registry("docker.io", mirrors, true));
	if (mirrors)
		json_set(all, "Mirrors", json_from_strings(mirrors->items));
	strvec_each (entry, &config.insecure) {
		if (strchr(*entry, '/'))
			json_add_string(json_get(all, "InsecureRegistryCIDRs"), *entry);
		else
			json_set(hosts, *entry, registry(*entry, NULL, false));
	}
}

/* Docker's words, by which its client shows what a host lacks. */
static void add_warnings(json *info)
{
	static const struct {
		const char *member, *text;
	} rows[] = {
		{"MemoryLimit", "WARNING: No memory limit support"},
		{"SwapLimit", "WARNING: No swap limit support"},
		{"CpuCfsPeriod", "WARNING: No cpu cfs period support"},
		{"CpuCfsQuota", "WARNING: No cpu cfs quota support"},
		{"CPUShares", "WARNING: No cpu shares support"},
		{"CPUSet", "WARNING: No cpuset support"},
		{"PidsLimit", "WARNING: No pids limit support"},
		{"IPv4Forwarding", "WARNING: IPv4 forwarding is disabled"},
	};
	json *list = json_new_array();

	for (size_t i = 0; i < array_length(rows); i++)
		if (!json_flag(info, rows[i].member, true))
			json_add_string(list, rows[i].text);
	json_set(info, "Warnings", describe_unless_empty(list));
}

void describe_add_server(json *info, const struct engine *engine)
{
	auto_json json *more = describe_unset(constants);
	struct timespec now = units_now();
	char time[UNITS_TIME_SIZE];

	json_each (name, value, more)
		json_set(info, name, json_object_get(value));
	json_set_string(info, "SystemTime", units_format_time(time, &now));
	add_id(info, engine);
	add_proxy(info, "HttpProxy", "HTTP_PROXY", "http_proxy");
	add_proxy(info, "HttpsProxy", "HTTPS_PROXY", "https_proxy");
	add_proxy(info, "NoProxy", "NO_PROXY", "no_proxy");
	add_registries(info);
	add_warnings(info);
}

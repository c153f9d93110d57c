/* SPDX-License-Identifier: Apache-2.0 */
#include "net/hosts.h"

#include "base/strbuf.h"
#include "tests/harness/harness.h"

TEST(hosts_lists_everything_in_dockers_order)
{
	char *extra[] = {(char *)"db=10.1.2.3", (char *)"me=host-gateway", (char *)"six=[fd00::5]",
			 (char *)"bad\nname=1.2.3.4", NULL};
	struct endpoint endpoints[2] = {
		{.ipv4 = "172.18.0.2", .gateway4 = "172.18.0.1"},
		{.ipv4 = "172.19.0.7",
		 .ipv6 = "fd00::2",
		 .gateway4 = "172.19.0.1",
		 .is_gateway4 = true},
	};
	struct hosts_request request = {
		.hostname = "web",
		.domainname = "example.org",
		.endpoints = endpoints,
		.endpoint_count = 2,
		.extra_hosts = extra,
	};
	struct strbuf out = {0};

	hosts_format(&out, &request);
	CHECK_TEXT(out.text, "127.0.0.1\tlocalhost\n"
			     "::1\tlocalhost ip6-localhost ip6-loopback\n"
			     "fe00::\tip6-localnet\n"
			     "ff00::\tip6-mcastprefix\n"
			     "ff02::1\tip6-allnodes\n"
			     "ff02::2\tip6-allrouters\n"
			     "10.1.2.3\tdb\n"
			     "172.19.0.1\tme\n"
			     "fd00::5\tsix\n"
			     "172.18.0.2\tweb.example.org web\n"
			     "172.19.0.7\tweb.example.org web\n"
			     "fd00::2\tweb.example.org web\n"
			     "172.19.0.1\thost.docker.internal\n"
			     "172.19.0.1\thost.containers.internal\n");
	strbuf_release(&out);
}

TEST(a_container_without_networks_has_only_localhost)
{
	struct hosts_request request = {.hostname = "alone"};
	struct strbuf out = {0};

	hosts_format(&out, &request);
	CHECK_TEXT(out.text, "127.0.0.1\tlocalhost\n");
	strbuf_release(&out);
}

TEST(an_own_entry_for_the_host_wins)
{
	char *extra[] = {(char *)"host.docker.internal=10.0.0.9", NULL};
	struct endpoint endpoint = {.ipv4 = "172.18.0.2", .gateway4 = "172.18.0.1"};
	struct hosts_request request = {
		.hostname = "web",
		.endpoints = &endpoint,
		.endpoint_count = 1,
		.extra_hosts = extra,
		.host_gateway = "192.0.2.9",
	};
	struct strbuf out = {0};

	hosts_format(&out, &request);
	CHECK_TEXT(out.text, "127.0.0.1\tlocalhost\n10.0.0.9\thost.docker.internal\n"
			     "172.18.0.2\tweb\n192.0.2.9\thost.containers.internal\n");
	strbuf_release(&out);
}

static const char *const host_text = "# comment\nnameserver 192.0.2.53\nsearch a.example\n"
				     "search b.example c.example # why\noptions timeout:1\n"
				     "nameserver 2001:db8::53\n";

TEST(resolv_conf_follows_the_host_or_the_service)
{
	char *none[] = {(char *)".", NULL}, *dns[] = {(char *)"10.0.0.1", NULL},
	     *options[] = {(char *)"ndots:2", NULL};
	struct resolv_request request = {.is_embedded = true, .host_text = host_text};
	struct strbuf out = {0};

	hosts_format_resolv(&out, &request);
	CHECK_TEXT(out.text, "nameserver 127.0.0.11\nsearch b.example c.example\n"
			     "options timeout:1 ndots:0\n");
	strbuf_clear(&out);
	request = (struct resolv_request){.host_text = host_text};
	hosts_format_resolv(&out, &request);
	CHECK_TEXT(out.text, "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"
			     "search b.example c.example\noptions timeout:1\n");
	strbuf_clear(&out);
	request = (struct resolv_request){
		.servers = dns, .search = none, .options = options, .host_text = host_text};
	hosts_format_resolv(&out, &request);
	CHECK_TEXT(out.text, "nameserver 10.0.0.1\noptions ndots:2\n");
	strbuf_release(&out);
}

TEST(an_edit_spares_what_the_container_has_written)
{
	struct strbuf text = {0};

	strbuf_add(&text, "127.0.0.1\tlocalhost\n172.18.0.2\tweb\n192.0.2.7\tmine");
	hosts_edit(&text, "127.0.0.1\tlocalhost\n172.18.0.2\tweb\n",
		   "127.0.0.1\tlocalhost\n172.19.0.2\tweb\n");
	CHECK_TEXT(text.text, "127.0.0.1\tlocalhost\n192.0.2.7\tmine\n172.19.0.2\tweb\n");
	strbuf_release(&text);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/mount.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "builder/dockerfile/expand.h"

#include "harness.h"

#include <string.h>

static const char *lookup(const char *name, void *data)
{
	(void)data;
	if (strcmp(name, "COMMA") == 0)
		return "/with,comma";
	return strcmp(name, "TYPE") == 0 ? "cache" : NULL;
}

static int parse(struct dockerfile_mount *mount, const char *text, struct arena *arena,
		 struct error *err)
{
	struct expansion expansion = {.lookup = lookup, .escape = '\\', .arena = arena};

	return dockerfile_mount_parse(mount, text, &expansion, err);
}

static const char *const types[] = {"bind", "cache", "tmpfs", "secret", "ssh"};
static const char *const sharings[] = {"", " private", " locked"};

static void add_if(struct strbuf *out, const char *label, const char *value)
{
	if (value && *value)
		strbuf_printf(out, " %s=%s", label, value);
}

static void check(const char *text, const char *expected)
{
	auto_arena struct arena arena = {0};
	auto_strbuf struct strbuf out = {0};
	struct dockerfile_mount mount;
	struct error err = {0};

	if (parse(&mount, text, &arena, &err) < 0)
		fail_msg("'%s': %s", text, err.text);
	strbuf_add(&out, types[mount.type]);
	add_if(&out, "from", mount.from);
	add_if(&out, "source", mount.source);
	add_if(&out, "target", mount.target);
	add_if(&out, "id", mount.id);
	add_if(&out, "env", mount.env);
	strbuf_printf(&out, "%s%s%s", sharings[mount.sharing], mount.is_writable ? " rw" : "",
		      mount.is_required ? " required" : "");
	if (mount.mode || mount.has_mode)
		strbuf_printf(&out, " %04o %u:%u", mount.mode, mount.uid, mount.gid);
	if (mount.size)
		strbuf_printf(&out, " %lld", (long long)mount.size);
	if (strcmp(strbuf_text(&out), expected) != 0)
		fail_msg("'%s' is '%s', not '%s'", text, strbuf_text(&out), expected);
}

static void check_error(const char *text, const char *part)
{
	auto_arena struct arena arena = {0};
	struct dockerfile_mount mount;
	struct error err = {0};

	if (parse(&mount, text, &arena, &err) == 0)
		fail_msg("'%s' is accepted", text);
	if (!strstr(err.text, part))
		fail_msg("'%s': '%s' does not say '%s'", text, err.text, part);
}

TEST(binds)
{
	check("target=/x", "bind target=/x");
	check("type=bind,source=/a/../b//c/,dst=rel/x", "bind source=b/c target=rel/x");
	check("type=bind,src=.,destination=/x,rw", "bind target=/x rw");
	check("from=build,source=../../etc,target=/x,readonly",
	      "bind from=build source=etc target=/x");
	check("target=/x,readwrite=true", "bind target=/x rw");
	check("target=/x,ro=false", "bind target=/x rw");
	check("target=/x,rw=0", "bind target=/x");
	check("from=,target=/x", "bind target=/x");
	check_error("source=/", "needs a target");
	check_error("type=bind,target=", "needs a target");
	check_error("target=/x,mode=0755", "'mode' for mount type 'bind'");
	check_error("target=/x,required", "'required' for mount type 'bind'");
}

TEST(caches)
{
	check("type=cache,target=/c/one/", "cache target=/c/one/ id=/c/one rw 0755 0:0");
	check("type=CACHE,target=c", "cache target=c id=c rw 0755 0:0");
	check("type=cache,id=x,target=/c,sharing=locked,uid=1000,gid=2000,mode=0700",
	      "cache target=/c id=x locked rw 0700 1000:2000");
	check("type=cache,target=/c,ro,sharing=PRIVATE,from=a,source=b",
	      "cache from=a source=b target=/c id=/c private 0755 0:0");
	check_error("type=cache,target=/c,sharing=maybe", "sharing 'maybe'");
	check_error("type=cache,target=/c,sharing=lockd", "did you mean locked?");
	check_error("type=cache", "needs a target");
	check_error("type=cache,target=/c,size=1m", "'size' for mount type 'cache'");
	check_error("type=cache,target=/c,uid=web", "uid");
	check_error("type=cache,target=/c,mode=9", "mode");
}

TEST(tmpfs)
{
	check("type=tmpfs,target=/t", "tmpfs target=/t rw");
	check("type=tmpfs,target=/t,size=2m", "tmpfs target=/t rw 2097152");
	check_error("type=tmpfs,target=/t,size=-1", "not below 0");
	check_error("type=tmpfs,target=/t,sharing=locked", "'sharing' for mount type 'tmpfs'");
	check_error("type=tmpfs,target=/t,uid=1", "'uid' for mount type 'tmpfs'");
}

TEST(secrets)
{
	check("type=secret,id=a", "secret id=a 0400 0:0");
	check("type=secret,source=a,target=/etc/s,mode=0440,uid=1,gid=2,required",
	      "secret source=a target=/etc/s id=a required 0440 1:2");
	check("type=secret,target=/etc/the.secret", "secret target=/etc/the.secret id=the.secret "
						    "0400 0:0");
	check("type=secret,id=TOKEN,env=TOKEN_VALUE", "secret id=TOKEN env=TOKEN_VALUE 0400 0:0");
	check("type=secret,id=TOKEN,env=", "secret id=TOKEN env=TOKEN 0400 0:0");
	check("required=true,type=secret,id=a", "secret id=a required 0400 0:0");
	check_error("type=secret", "needs an id or a target");
	check_error("type=secret,id=a,source=b", "only one");
	check_error("type=secret,id=a,from=b", "'from' for mount type 'secret'");
}

TEST(agents)
{
	check("type=ssh", "ssh id=default 0600 0:0");
	check("type=ssh,id=github,required=true,target=/run/agent,mode=0666",
	      "ssh target=/run/agent id=github required 0666 0:0");
	check_error("type=ssh,required=perhaps", "required");
}

TEST(options_that_are_none)
{
	check_error("type=magic,target=/x", "mount type 'magic'");
	check_error("type=tmp,target=/x", "mount type 'tmp'");
	check_error("type=bond,target=/x", "did you mean bind?");
	check_error("targett=/x",
		    "unexpected key 'targett' in 'targett=/x' (did you mean target?)");
	check_error("target", "must be a pair");
	check_error("target=/x,", "unexpected key ''");
	check_error("", "unexpected key ''");
}

TEST(fields_are_those_of_csv)
{
	check("\"target=/a,b\",rw", "bind target=/a,b rw");
	check("\"target=/a\"\"b\"\"\"", "bind target=/ab");
	check_error("target=\"/a\"", "a quote stands within");
	check_error("\"target=/a", "never closes");
}

TEST(values_are_expanded_one_by_one)
{
	check("type=$TYPE,target=$COMMA", "cache target=/with,comma id=/with,comma rw 0755 0:0");
	check("target=/x${NO:-/y}", "bind target=/x/y");
	check_error("target=${X", "missing '}'");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness/harness.h"

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "describe/template.h"

#include <stdlib.h>
#include <string.h>

static const char document_text[] =
	"{\"Name\":\"web-1\",\"ID\":\"0123456789abcdef\",\"Count\":3,\"Up\":true,\"None\":null,"
	"\"Labels\":\"a=1,com.x=two\",\"Ports\":[80,443],\"Empty\":[],"
	"\"State\":{\"Status\":\"running\",\"Health\":{\"Status\":\"healthy\"}},"
	"\"Config\":{\"Env\":null,\"Volumes\":null,\"Labels\":{\"com.x\":\"two\"}},"
	"\"Networks\":{\"back\":{\"IP\":\"10.0.1.2\"}},"
	"\"Nets\":{\"front\":{\"IP\":\"10.0.0.2\"},\"back\":{\"IP\":\"10.0.1.2\"}}}";

/* The result, or "error: …". */
static char *expand(const char *format)
{
	struct error err = {0};
	auto_json json *document =
		json_parse(document_text, strlen(document_text), "document", &err);
	struct template *template = template_parse(format, &err);
	struct strbuf out = {0};

	assert_non_null(document);
	if (!template || template_execute(template, document, &out, &err) < 0) {
		CHECK_INT(err.code, ERROR_INVALID);
		strbuf_clear(&out);
		strbuf_printf(&out, "error: %s", err.text);
	}
	template_free(template);
	return strbuf_take(&out);
}

static void check(const char *format, const char *expected)
{
	char *text = expand(format);

	CHECK_TEXT(text, expected);
	free(text);
}

static void check_error(const char *format, const char *part)
{
	char *text = expand(format);

	CHECK(strncmp(text, "error: template parsing error: template: ", 41) == 0);
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
	free(text);
}

TEST(prints_fields)
{
	check("{{.Name}}", "web-1");
	check("{{ .State.Health.Status }} {{.Count}} {{.Up}}", "healthy 3 true");
	check("{{.Ports}} {{.State}}", "[80 443] map[Health:map[Status:healthy] Status:running]");
	check("plain", "plain");
	check("", "");
}

TEST(names_the_fields_there_are)
{
	check_error("{{.Nmae}}",
		    ":1:2: executing \"\" at <.Nmae>: map has no entry for key \"Nmae\"; "
		    "there are: Config, Count,");
	check_error("{{.State.Nope}}",
		    ":1:8: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"");
	check_error("a\n  {{.State.Nope.Deep}}", ":2:10: executing");
	check_error("{{if .State.Nope}}{{end}}", "map has no entry for key \"Nope\"");
	check_error("{{.Name.Deep}}", "can't evaluate field Deep in type string");
}

TEST(members_that_are_not_set_have_their_types)
{
	check("{{.None}}|{{.Config.Env}}|{{.Config.Volumes}}|{{.Config.StopSignal}}",
	      "<nil>|[]|map[]|");
	check("{{.Config.Healthcheck}}|{{.Config.ExposedPorts}}|{{.Config.StopTimeout}}",
	      "<nil>|map[]|<nil>");
	check("{{json .None}} {{json .Config.Env}} {{json .Config.Volumes}}", "null null null");
	check("{{len .Config.Env}}{{range .Config.Env}}x{{end}}{{if .Config.Volumes}}y{{end}}",
	      "0");
	check_error("{{.Config.Healthcheck.Test}}", "map has no entry for key \"Healthcheck\"");
	check_error("{{.None.Deep}}", "nil data; no entry for key \"Deep\"");
	check("{{if .None}}{{.None.Deep}}{{else}}none{{end}}", "none");
	check("{{with .Config.Healthcheck}}{{.Deep}}{{end}}", "");
	check("{{and .Config.Healthcheck .Config.Healthcheck.Test}}", "<nil>");
}

TEST(maps_may_lack_any_key)
{
	check("{{.Config.Labels.nope}}|{{index .Config.Labels \"nope\"}}|", "<no value>||");
	check("{{index .Config.Labels \"com.x\"}}", "two");
	check("{{.Networks.nope}} {{.Networks.nope.IP}}", "<no value> <no value>");
	check("{{index .Networks \"nope\"}} {{index .Networks \"back\" \"IP\"}}", "<nil> 10.0.1.2");
	check_error("{{(index .Networks \"nope\").IP}}", "nil data; no entry for key \"IP\"");
	check_error("{{index .Networks 1}}",
		    "error calling index: value has type int; should be string");
	check_error("{{index .Count 1}}", "can't index item of type int");
}

TEST(escapes_outside_of_actions)
{
	check("{{.Name}}\\t{{.Count}}\\n", "web-1\t3\n");
	check("a\\b", "a\\b");
	check("{{\"a\\tb\"}}{{`a\\tb`}}", "a\tba\\tb");
	check("{{\"\\u00e9\\x41\\101\"}}{{'a'}}", "\xc3\xa9"
						  "AA97");
}

TEST(has_functions_and_pipes)
{
	check("{{json .Ports}}", "[80,443]");
	check("{{json .Name}} {{.Name | json}} {{json \"<&>\"}}", "\"web-1\" \"web-1\" \"<&>\"");
	check("{{upper .Name}} {{.Name | upper | lower}}", "WEB-1 web-1");
	check("{{upper \"\xc3\xa9\"}}{{lower \"\xc3\x80"
	      "B\"}}",
	      "\xc3\x89\xc3\xa0"
	      "b");
	check("{{join .Ports \",\"}}", "80,443");
	check("{{index .Ports 1}} {{index .Nets \"front\" \"IP\"}}", "443 10.0.0.2");
	check("{{(index .Nets \"back\").IP}}", "10.0.1.2");
	check("{{len .Ports}} {{len .Name}} {{len .Nets}}", "2 5 2");
	check("{{truncate .ID 4}} {{truncate \"ab\" 5}}", "0123 ab");
	check("{{print \"a\" \"b\" 1 2 \"c\"}} {{println .Name 1}}", "ab1 2c web-1 1\n");
	check("{{split \"a,b\" \",\"}}", "[a b]");
	check("{{title \"one two-three it's a.b_c oNE\"}}", "One Two-Three It'S A.B_c ONE");
	check("{{.Label \"com.x\"}}{{.Label \"zzz\"}}", "two");
	check("{{pad .Name 2 1}}|{{pad \"\" 2 1}}|", "  web-1 ||");
	check("{{slice .ID 2 5}} {{slice .Ports 1}} {{slice .ID 14}}", "234 [443] ef");
	check("{{html \"<a href='x'>&\"}} {{js \"it's <b>\\n\"}} {{urlquery \"a b&c=d/\"}}",
	      "&lt;a href=&#39;x&#39;&gt;&amp; it\\'s \\u003Cb\\u003E\\u000A a+b%26c%3Dd%2F");
}

TEST(prints_with_the_verbs_of_go)
{
	check("{{printf \"%-8s|%q|%5d|%.3s|%%\" .Name .Name .Count .ID}}",
	      "web-1   |\"web-1\"|    3|012|%");
	check("{{printf \"%05d|%-5d|%x|%X|%o|%b|%c|%q|%U|%+d\" 42 42 255 255 8 5 65 65 65 7}}",
	      "00042|42   |ff|FF|10|101|A|'A'|U+0041|+7");
	check("{{printf \"%8.3f|%g|%.2f|%v\" 3.14159 2.5 1.0 0.5}}", "   3.142|2.5|1.00|0.5");
	check("{{printf \"%t %v %#v %x\" true true \"x\" \"hi\"}}", "true true \"x\" 6869");
	check("{{printf \"%v %v %s\" .Ports .Nets.back .Ports}}",
	      "[80 443] map[IP:10.0.1.2] [%!s(int=80) %!s(int=443)]");
	check("{{printf \"%d\" .Name}}|{{printf \"%s %s\" .Name}}|{{printf \"%s\" .Name 5}}",
	      "%!d(string=web-1)|web-1 %!s(MISSING)|web-1%!(EXTRA int=5)");
	check("{{printf \"%y\" 1}} {{printf \"%\"}}", "%!y(int=1) %!(NOVERB)");
	check("{{\"a\" | printf \"%s-%s\" \"b\"}}", "b-a");
}

TEST(decides)
{
	check("{{if .Up}}yes{{else}}no{{end}}", "yes");
	check("{{if .Empty}}yes{{else}}no{{end}}", "no");
	check("{{if eq .Count 4}}a{{else if eq .Count 3}}b{{else}}c{{end}}", "b");
	check("{{if and .Up (gt .Count 2)}}x{{end}}", "x");
	check("{{if or .None .Empty}}x{{end}}", "");
	check("{{if not .None}}x{{end}}", "x");
	check("{{if ne .Name \"db\"}}x{{end}}", "x");
	check("{{eq .Name \"db\" \"web-1\"}} {{eq .Name \"db\" \"x\"}} {{lt 1 1.5}}",
	      "true false true");
	check("{{with .State}}{{.Status}}{{end}}", "running");
	check("{{with .None}}x{{else}}none{{end}}", "none");
	check("{{with \"\"}}a{{else with .Name}}{{.}}{{end}}", "web-1");
	check("{{or .None \"default\"}}", "default");
	check("{{or .Name .Name.Deep}} {{and 1 0 .Name.Deep}}", "web-1 0");
}

TEST(ranges)
{
	check("{{range .Ports}}<{{.}}>{{end}}", "<80><443>");
	check("{{range $i, $p := .Ports}}{{$i}}={{$p}};{{end}}", "0=80;1=443;");
	check("{{range $name, $net := .Nets}}{{$name}}:{{$net.IP}} {{end}}",
	      "back:10.0.1.2 front:10.0.0.2 ");
	check("{{range .Empty}}x{{else}}empty{{end}}", "empty");
	check("{{range .Nets}}{{$.Name}}{{end}}", "web-1web-1");
	check("{{$n := .Name}}{{range .Ports}}{{$n}}:{{.}} {{end}}", "web-1:80 web-1:443 ");
	check("{{$last := 0}}{{range .Ports}}{{$last = .}}{{end}}{{$last}}", "443");
	check("{{range $i, $p := .Ports}}{{if $i}}{{break}}{{end}}{{$p}}{{end}}", "80");
	check("{{range .Ports}}{{if eq . 80}}{{continue}}{{end}}{{.}}{{end}}", "443");
	check("{{range 3}}{{.}}{{end}}", "012");
	check_error("{{range \"abc\"}}{{end}}", "range can't iterate over abc");
	check_error("{{break}}", ":1: {{break}} outside {{range}}");
	check_error("{{range .Ports}}{{define \"x\"}}{{continue}}{{end}}{{end}}",
		    "{{continue}} outside {{range}}");
}

TEST(templates_within_templates)
{
	check("{{define \"t\"}}[{{.}}]{{end}}{{template \"t\" .Name}}{{template \"t\" 1}}",
	      "[web-1][1]");
	check("{{template \"t\" .}}{{define \"t\"}}{{$.Name}}{{end}}", "web-1");
	check("{{block \"b\" .Name}}({{.}}){{end}}{{template \"b\" 2}}", "(web-1)(2)");
	check_error(
		"{{template \"zzz\" .}}",
		":1:11: executing \"\" at <{{template \"zzz\" .}}>: template \"zzz\" not defined");
	check_error("{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}",
		    "exceeded maximum template depth");
	check_error("{{$x := 1}}{{define \"t\"}}{{$x}}{{end}}", "undefined variable \"$x\"");
	check_error("{{define \"t\"}}", "unexpected EOF");
	check_error("{{template}}", "missing name of template");
}

TEST(headings_are_left_alone)
{
	struct error err = {0};
	auto_json json *headings = json_new_object();
	struct template *template = template_parse(
		"{{upper .Name}} {{.Label \"com.x-y\"}} {{json .State}}{{pad .Name 1 1}}", &err);
	struct strbuf out = {0};

	json_set_string(headings, "Name", "names");
	json_set_string(headings, "State", "state");
	CHECK_OK(template_execute_heading(template, headings, &out, &err));
	CHECK_TEXT(strbuf_text(&out), "names x y state names ");
	strbuf_release(&out);
	template_free(template);
}

TEST(trims_and_comments)
{
	check("a  {{- .Count -}}  b", "a3b");
	check("a{{/* nothing }} here */}}b", "ab");
	check("a {{- /* trimmed */ -}} b", "ab");
	check("a{{/* nothing */}}b", "ab");
	check_error("{{/* open", "unclosed comment");
	check_error("{{/* one */ .Name}}", "comment ends before closing delimiter");
}

TEST(refuses_what_it_does_not_understand)
{
	check_error("{{.Name", ":1: unclosed action");
	check_error("a\nb{{.Name", ":2: unclosed action");
	check_error("{{if .Up}}", ":1: unexpected EOF");
	check_error("{{end}}", ":1: unexpected {{end}}");
	check_error("{{else}}", ":1: unexpected {{else}}");
	check_error("{{nosuch .Name}}", ":1: function \"nosuch\" not defined");
	check_error("{{}}", ":1: missing value for command");
	check_error("{{if}}{{end}}", ":1: missing value for if");
	check_error("{{.Name .Name}}",
		    ":1:2: executing \"\" at <.Name>: Name is not a method but has arguments");
	check_error("{{$x}}", ":1: undefined variable \"$x\"");
	check_error("{{if .Up}}{{$x := 1}}{{end}}{{$x}}", "undefined variable \"$x\"");
	check_error("{{\"a}}", ":1: unterminated quoted string");
	check_error("{{upper}}", "at <upper>: wrong number of args for upper: want 1 got 0");
	check_error("{{printf}}", "wrong number of args for printf: want at least 1 got 0");
	check_error("{{upper 1}}", "expected string; got int");
	check_error("{{index .Ports 9}}",
		    "at <index .Ports 9>: error calling index: index out of range: 9");
	check_error("{{slice .ID 5 2}}", "error calling slice: invalid slice index: 5 > 2");
	check_error("{{slice .ID 0 99}}", "error calling slice: index out of range: 99");
	check_error("{{(.Name}}", ":1: unclosed left paren");
	check_error("{{.Name..x}}", ":1: unexpected <.> in operand");
	check_error("{{eq .Name 1}}", "error calling eq: incompatible types for comparison");
	check_error("{{eq 1}}", "error calling eq: missing argument for comparison");
	check_error("{{len 3}}", "error calling len: len of type int");
	check_error("{{join .Name \",\"}}", "expected slice, got string");
	check_error("{{nil}}", "nil is not a command");
	check_error("{{call .Name}}", "error calling call: non-function");
	check_error("{{1x}}", "bad number syntax: \"1x\"");
}

TEST(bounds_nesting)
{
	struct strbuf deep = {0};

	strbuf_add(&deep, "{{");
	for (int i = 0; i < 5000; i++)
		strbuf_add_char(&deep, '(');
	strbuf_add(&deep, "}}");
	check_error(deep.text, "nested too deeply");
	strbuf_clear(&deep);
	for (int i = 0; i < 5000; i++)
		strbuf_add(&deep, "{{if .Up}}");
	check_error(deep.text, "nested too deeply");
	strbuf_clear(&deep);
	strbuf_add(&deep, "{{if .None}}");
	for (int i = 0; i < 5000; i++)
		strbuf_add(&deep, "{{else if .None}}");
	check_error(deep.text, "nested too deeply");
	strbuf_release(&deep);
}

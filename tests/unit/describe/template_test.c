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

	CHECK(strncmp(text, "error: template: ", 17) == 0);
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
	free(text);
}

TEST(prints_fields)
{
	check("{{.Name}}", "web-1");
	check("{{ .State.Health.Status }} {{.Count}} {{.Up}}", "healthy 3 true");
	check("{{.Ports}} {{.State}}", "[80 443] map[Health:map[Status:healthy] Status:running]");
	check("{{.None}}|{{.State.Missing}}", "<no value>|<no value>");
	check("plain", "plain");
	check("", "");
}

TEST(names_the_fields_there_are)
{
	check_error("{{.Nmae}}", "there is no field 'Nmae'; there are: Count,");
}

TEST(what_has_no_value_has_no_fields)
{
	check_error("{{.State.Missing.Deep}}", "'.State.Missing' has no value");
	check_error("{{.None.Deep}}", "'.None' has no value");
	check_error("{{(index .State \"x\").Deep}}", "has no value, so it has no field 'Deep'");
	check("{{if .State.Missing}}{{.State.Missing.Deep}}{{else}}none{{end}}", "none");
	check("{{with .State.Missing}}{{.Deep}}{{end}}", "");
}

TEST(escapes_outside_of_actions)
{
	check("{{.Name}}\\t{{.Count}}\\n", "web-1\t3\n");
	check("a\\b", "a\\b");
	check("{{\"a\\tb\"}}{{`a\\tb`}}", "a\tba\\tb");
}

TEST(has_functions_and_pipes)
{
	check("{{json .Ports}}", "[80,443]");
	check("{{json .Name}} {{.Name | json}}", "\"web-1\" \"web-1\"");
	check("{{upper .Name}} {{.Name | upper | lower}}", "WEB-1 web-1");
	check("{{join .Ports \",\"}}", "80,443");
	check("{{index .Ports 1}} {{index .Nets \"front\" \"IP\"}}", "443 10.0.0.2");
	check("{{(index .Nets \"back\").IP}}", "10.0.1.2");
	check("{{len .Ports}} {{len .Name}} {{len .Nets}}", "2 5 2");
	check("{{printf \"%-8s|%q|%5d|%.3s|%%\" .Name .Name .Count .ID}}",
	      "web-1   |\"web-1\"|    3|012|%");
	check("{{truncate .ID 4}}", "0123");
	check("{{println .Name}}", "web-1\n");
	check("{{split \"a,b\" \",\"}} {{title \"one two\"}}", "[a b] One Two");
	check("{{.Label \"com.x\"}}{{.Label \"zzz\"}}", "two");
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
	check("{{with .State}}{{.Status}}{{end}}", "running");
	check("{{with .None}}x{{else}}none{{end}}", "none");
	check("{{or .None \"default\"}}", "default");
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
}

TEST(trims_and_comments)
{
	check("a  {{- .Count -}}  b", "a3b");
	check("a{{/* nothing }} here */}}b", "ab");
	check("a {{- /* trimmed */ -}} b", "ab");
	check("a{{/* nothing */}}b", "ab");
}

TEST(refuses_what_it_does_not_understand)
{
	check_error("{{.Name", "'}}' is missing");
	check_error("{{if .Up}}", "'{{end}}' is missing");
	check_error("{{end}}", "without a beginning");
	check_error("{{nosuch .Name}}", "unknown function");
	check_error("{{}}", "a value is expected");
	check_error("{{.Name .Name}}", "takes no arguments");
	check_error("{{$x}}", "there is no variable '$x'");
	check_error("{{\"a}}", "'}}' is missing");
	check_error("{{upper}}", "wrong number of arguments");
	check_error("{{index .Ports 9}}", "out of range");
	check_error("{{(.Name}}", "')' is missing");
	check_error("{{printf \"%y\" 1}}", "printf knows");
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

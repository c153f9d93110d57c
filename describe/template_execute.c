/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluation: every value is a reference of its own to a JSON value (NULL is nil), put back when
 * done. Variables live on one stack, cut back at the end of the block that made them.
 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/template_private.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_OUTPUT ((size_t)16 << 20)
#define MOST_VARIABLES 64

struct execution {
	json *document, *dot;
	struct {
		const char *name;
		json *value;
	} variables[MOST_VARIABLES];
	size_t variable_count;
	struct strbuf *out;
	struct error *err;
};

static int run_list(struct execution *run, const struct template_node *node);
static int evaluate(struct execution *run, const struct expr *expr, json **result);

bool template_is_true(json *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	case json_type_boolean:
	case json_type_double:
	case json_type_int:
		break;
	}
	return json_object_get_boolean(value);
}

static void sorted_names(struct strvec *names, json *object)
{
	json_each (name, member, object) {
		(void)member;
		strvec_add(names, name);
	}
	strvec_sort(names);
}

static void print_inner(struct strbuf *out, json *value)
{
	if (value)
		template_value(out, value);
	else
		strbuf_add(out, "<nil>");
}

void template_value(struct strbuf *out, json *value)
{
	auto_strvec struct strvec names = {0};

	if (!value)
		return;
	if (json_is_object(value) && json_object_get_userdata(value)) {
		strbuf_add(out, json_object_get_userdata(value));
	} else if (json_is_object(value)) {
		sorted_names(&names, value);
		strbuf_add(out, "map[");
		strvec_each (name, &names) {
			strbuf_printf(out, "%s%s:", name == names.items ? "" : " ", *name);
			print_inner(out, json_get(value, *name));
		}
		strbuf_add_char(out, ']');
	} else if (json_is_array(value)) {
		strbuf_add_char(out, '[');
		for (size_t i = 0; i < json_length(value); i++) {
			strbuf_add(out, i ? " " : "");
			print_inner(out, json_at(value, i));
		}
		strbuf_add_char(out, ']');
	} else if (json_is_string(value)) {
		strbuf_add_n(out, json_object_get_string(value),
			     (size_t)json_object_get_string_len(value));
	} else {
		json_print(out, value, false);
	}
}

/* Members that templates for Docker may also name as its program does, which is not as its JSON. */
static json *find_member(const json *value, const char *field)
{
	static const struct {
		const char *spoken, *written;
	} names[] = {
		{"APIVersion", "ApiVersion"},
		{"ID", "Id"},
		{"CPUPeriod", "CpuPeriod"},
		{"CPUQuota", "CpuQuota"},
		{"CPUShares", "CpuShares"},
		{"DNS", "Dns"},
		{"DNSOptions", "DnsOptions"},
		{"DNSSearch", "DnsSearch"},
		/* of ImageManifestDescriptor */
		{"Architecture", "architecture"},
		{"Digest", "digest"},
		{"OS", "os"},
		{"Platform", "platform"},
		{"Variant", "variant"},
	};
	json *member = json_get(value, field);

	for (size_t i = 0; !member && i < array_length(names); i++)
		if (strcmp(names[i].spoken, field) == 0)
			member = json_get(value, names[i].written);
	return member;
}

static int no_field(struct execution *run, const char *field)
{
	auto_strvec struct strvec names = {0};
	auto_strbuf struct strbuf list = {0};

	sorted_names(&names, run->document);
	strvec_each (name, &names)
		strbuf_printf(&list, "%s%s", name == names.items ? "" : ", ", *name);
	return error_set(run->err, ERROR_INVALID, "template: there is no field '%s'; there are: %s",
			 field, strbuf_text(&list));
}

/* As a missing pointer is to Docker: .State.Health.Status of a container without a check. */
static int no_value(struct execution *run, const struct expr *expr, size_t index)
{
	auto_strbuf struct strbuf path = {0};

	for (size_t i = 0; i < index; i++)
		strbuf_printf(&path, ".%s", expr->fields[i]);
	return error_set(
		run->err, ERROR_INVALID, "template: '%s' has no value, so it has no field '%s'",
		index > 0 ? strbuf_text(&path) : "what '.' stands for here", expr->fields[index]);
}

/* Consumes the reference in @from. */
static int walk_fields(struct execution *run, const struct expr *expr, json *from, json **result)
{
	auto_json json *value = from;

	for (size_t i = 0; i < expr->field_count; i++) {
		json *member = find_member(value, expr->fields[i]);

		if (!value)
			return no_value(run, expr, i);
		if (!member && value == run->document && json_is_object(value) &&
		    !json_object_object_get_ex(value, expr->fields[i], NULL))
			return no_field(run, expr->fields[i]);
		member = json_object_get(member);
		json_object_put(value);
		value = member;
	}
	*result = take_ptr(value);
	return 0;
}

static int find_variable(struct execution *run, const char *name, size_t *index)
{
	for (size_t i = run->variable_count; i-- > 0;) {
		if (strcmp(run->variables[i].name, name) == 0) {
			*index = i;
			return 0;
		}
	}
	return error_set(run->err, ERROR_INVALID, "template: there is no variable '$%s'", name);
}

static int evaluate_variable(struct execution *run, const struct expr *expr, json **result)
{
	json *value = run->document;
	size_t index = 0;

	if (*expr->text) {
		if (find_variable(run, expr->text, &index) < 0)
			return -1;
		value = run->variables[index].value;
	}
	return walk_fields(run, expr, json_object_get(value), result);
}

/* {{.Label "name"}}: labels are "a=b,c=d" or a map. */
static int call_label(struct execution *run, const struct expr *call, json **result)
{
	auto_json json *name = NULL;
	json *labels = json_get(run->dot, "Labels");
	const char *text, *at;
	size_t length;

	if (evaluate(run, call->items[1], &name) < 0)
		return -1;
	text = json_object_get_string(name);
	*result = NULL;
	if (!text)
		return 0;
	if (json_is_object(labels)) {
		*result = json_object_get(json_get(labels, text));
		return 0;
	}
	length = strlen(text);
	for (at = json_is_string(labels) ? json_object_get_string(labels) : ""; *at;
	     at += *at == ',') {
		size_t size = strcspn(at, ",");

		if (size > length && at[length] == '=' && memcmp(at, text, length) == 0) {
			*result = json_object_new_string_len(at + length + 1,
							     (int)(size - length - 1));
			return 0;
		}
		at += size;
	}
	*result = json_object_new_string("");
	return 0;
}

static bool is_label_method(const struct expr *call)
{
	return call->item_count == 2 && call->items[0]->kind == EXPR_DOT &&
	       call->items[0]->field_count == 1 && strcmp(call->items[0]->fields[0], "Label") == 0;
}

/* @piped: the value before the bar, NULL pointer when there is none; consumed. */
static int evaluate_call(struct execution *run, const struct expr *call, json **piped,
			 json **result)
{
	json *arguments[TEMPLATE_MOST_ARG + 1] = {0};
	size_t count = 0;
	int status = 0;

	if (!call->function) {
		if (is_label_method(call) && !piped)
			return call_label(run, call, result);
		if (call->item_count == 1 && !piped)
			return evaluate(run, call->items[0], result);
		return error_set(run->err, ERROR_INVALID, "template: a value takes no arguments");
	}
	for (size_t i = 0; i < call->item_count && status == 0; i++)
		status = evaluate(run, call->items[i], &arguments[count++]);
	if (piped)
		arguments[count++] = json_object_get(*piped);
	if (status == 0 && (count < call->function->least || count > call->function->most))
		status = error_set(run->err, ERROR_INVALID,
				   "template: wrong number of arguments for '%s'",
				   call->function->name);
	if (status == 0)
		status = call->function->call(result, arguments, count, run->err);
	for (size_t i = 0; i < count; i++)
		json_object_put(arguments[i]);
	return status;
}

static int evaluate_pipe(struct execution *run, const struct expr *pipe, json **result)
{
	auto_json json *value = NULL;

	for (size_t i = 0; i < pipe->item_count; i++) {
		json *next = NULL;

		if (evaluate_call(run, pipe->items[i], i > 0 ? &value : NULL, &next) < 0)
			return -1;
		json_object_put(value);
		value = next;
	}
	return walk_fields(run, pipe, take_ptr(value), result);
}

static int evaluate(struct execution *run, const struct expr *expr, json **result)
{
	*result = NULL;
	switch (expr->kind) {
	case EXPR_STRING:
		*result = json_object_new_string(expr->text);
		return 0;
	case EXPR_NUMBER:
		*result = json_object_new_int64((int64_t)expr->number);
		return 0;
	case EXPR_BOOL:
		*result = json_object_new_boolean(expr->number != 0);
		return 0;
	case EXPR_NIL:
		return 0;
	case EXPR_DOT:
		return walk_fields(run, expr, json_object_get(run->dot), result);
	case EXPR_VARIABLE:
		return evaluate_variable(run, expr, result);
	case EXPR_CALL:
		return evaluate_call(run, expr, NULL, result);
	case EXPR_PIPE:
		break;
	}
	return evaluate_pipe(run, expr, result);
}

/* Takes the reference. */
static int push(struct execution *run, const char *name, json *value)
{
	if (run->variable_count == MOST_VARIABLES) {
		json_object_put(value);
		return error_set(run->err, ERROR_INVALID, "template: too many variables");
	}
	run->variables[run->variable_count].name = name;
	run->variables[run->variable_count++].value = value;
	return 0;
}

static void pop_to(struct execution *run, size_t count)
{
	while (run->variable_count > count)
		json_object_put(run->variables[--run->variable_count].value);
}

static int run_set(struct execution *run, const struct template_node *node, json *value)
{
	size_t index = 0;

	if (node->is_new)
		return push(run, node->names[0], json_object_get(value));
	if (find_variable(run, node->names[0], &index) < 0)
		return -1;
	json_object_put(run->variables[index].value);
	run->variables[index].value = json_object_get(value);
	return 0;
}

/* One turn of a range; @key is consumed. */
static int run_turn(struct execution *run, const struct template_node *node, json *key,
		    json *element)
{
	size_t count = run->variable_count;
	json *dot = run->dot;
	int status = 0;

	if (node->names[1]) {
		status = push(run, node->names[0], key);
		if (status == 0)
			status = push(run, node->names[1], json_object_get(element));
	} else {
		json_object_put(key);
		if (node->names[0])
			status = push(run, node->names[0], json_object_get(element));
	}
	run->dot = element;
	if (status == 0)
		status = run_list(run, node->body);
	run->dot = dot;
	pop_to(run, count);
	return status;
}

static int run_range(struct execution *run, const struct template_node *node, json *value)
{
	auto_strvec struct strvec names = {0};
	bool is_object = json_is_object(value);

	if (!template_is_true(value))
		return run_list(run, node->otherwise);
	if (is_object)
		sorted_names(&names, value);
	strvec_each (name, &names)
		if (run_turn(run, node, json_object_new_string(*name), json_get(value, *name)) < 0)
			return -1;
	for (size_t i = 0; i < json_length(value); i++)
		if (run_turn(run, node, json_object_new_int64((int64_t)i), json_at(value, i)) < 0)
			return -1;
	return 0;
}

static int run_condition(struct execution *run, const struct template_node *node, json *value)
{
	size_t count = run->variable_count;
	json *dot = run->dot;
	int status = 0;

	if (!template_is_true(value))
		return run_list(run, node->otherwise);
	if (node->names[0])
		status = push(run, node->names[0], json_object_get(value));
	if (node->kind == NODE_WITH)
		run->dot = value;
	if (status == 0)
		status = run_list(run, node->body);
	run->dot = dot;
	pop_to(run, count);
	return status;
}

static int run_node(struct execution *run, const struct template_node *node)
{
	auto_json json *value = NULL;

	if (node->kind == NODE_TEXT) {
		strbuf_add_n(run->out, node->text, node->length);
		return 0;
	}
	if (evaluate(run, node->pipe, &value) < 0)
		return -1;
	if (node->kind == NODE_SET)
		return run_set(run, node, value);
	if (node->kind == NODE_RANGE)
		return run_range(run, node, value);
	if (node->kind == NODE_IF || node->kind == NODE_WITH)
		return run_condition(run, node, value);
	if (value)
		template_value(run->out, value);
	else
		strbuf_add(run->out, "<no value>");
	return 0;
}

static int run_list(struct execution *run, const struct template_node *node)
{
	size_t count = run->variable_count;

	for (; node; node = node->next) {
		if (run_node(run, node) < 0)
			return -1;
		if (run->out->length > LARGEST_OUTPUT)
			return error_set(run->err, ERROR_INVALID,
					 "template: the output is too large");
	}
	pop_to(run, count);
	return 0;
}

int template_execute(const struct template *template, json *document, struct strbuf *out,
		     struct error *err)
{
	struct execution run = {.document = document, .dot = document, .out = out, .err = err};
	int status = run_list(&run, template->nodes);

	pop_to(&run, 0);
	return status;
}

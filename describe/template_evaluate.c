/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions evaluated: fields, variables, calls. Every value is a reference of its own to a JSON
 * value (NULL: no value), put back when done.
 */
#include "describe/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "describe/template_private.h"

#include <string.h>

int template_run_fail(struct execution *run, const struct template_place *place, const char *format,
		      ...)
{
	const char *line = run->template->text;
	auto_free char *what = NULL;
	size_t number = 1;
	va_list args;

	va_start(args, format);
	what = alloc_vformat(format, args);
	va_end(args);
	for (const char *c = run->template->text; c < place->at; c++) {
		if (*c != '\n')
			continue;
		number++;
		line = c + 1;
	}
	error_set(run->err, ERROR_INVALID,
		  "template parsing error: template: %s:%zu:%zu: executing \"%s\" at <%.*s>: %s",
		  run->name, number, (size_t)(place->at - line), run->name, (int)place->length,
		  place->text, what);
	return error_state(run->err, FACT_OF_CLIENT, NULL, NULL);
}

/* ---- fields ---- */

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
		{"CPURealtimePeriod", "CpuRealtimePeriod"},
		{"CPURealtimeRuntime", "CpuRealtimeRuntime"},
		{"CPUShares", "CpuShares"},
		{"DNS", "Dns"},
		{"DNSOptions", "DnsOptions"},
		{"DNSSearch", "DnsSearch"},
		{"NanoCPUs", "NanoCpus"},
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

/* With what there is: a slip is seen at once. */
static int no_field(struct execution *run, const struct expr *expr, const char *field, json *value)
{
	auto_strvec struct strvec names = {0};
	auto_strbuf struct strbuf list = {0};

	json_each (key, member, value) {
		(void)member;
		strvec_add(&names, key);
	}
	strvec_sort(&names);
	strvec_each (name, &names)
		strbuf_printf(&list, "%s%s", name == names.items ? "; there are: " : ", ", *name);
	return template_run_fail(run, &expr->place, "map has no entry for key \"%s\"%s", field,
				 strbuf_text(&list));
}

/* One step on the way; *value is replaced. */
static int walk_field(struct execution *run, const struct expr *expr, size_t i, json **value)
{
	const char *field = expr->fields[i], *parent = i > 0 ? expr->fields[i - 1] : NULL;
	json *member;

	if (!*value || (run->is_heading && !json_is_object(*value)))
		return 0;
	if (template_is_nil(*value)) {
		auto_json json *left_out = parent ? template_unset(parent, false) : NULL;

		return template_run_fail(run, &expr->place,
					 left_out ? "map has no entry for key \"%s\""
						  : "nil data; no entry for key \"%s\"",
					 left_out ? parent : field);
	}
	if (!json_is_object(*value))
		return template_run_fail(run, &expr->place, "can't evaluate field %s in type %s",
					 field, template_type(*value));
	member = json_object_get(find_member(*value, field));
	if (!member && !run->is_heading &&
	    !template_is_map(i > 1 ? expr->fields[i - 2] : NULL, parent)) {
		bool is_there = json_object_object_get_ex(*value, field, NULL);

		member = template_unset(field, is_there);
		if (!member && !is_there)
			return no_field(run, expr, field, *value);
		member = member ? member : template_nil();
	}
	json_object_put(*value);
	*value = member;
	return 0;
}

/* Consumes the reference in @from. */
static int walk_fields(struct execution *run, const struct expr *expr, json *from, json **result)
{
	auto_json json *value = from;

	for (size_t i = 0; i < expr->field_count; i++)
		if (walk_field(run, expr, i, &value) < 0)
			return -1;
	*result = take_ptr(value);
	return 0;
}

int template_find_variable(struct execution *run, const char *name)
{
	for (size_t i = run->variable_count; i-- > run->first_variable;)
		if (strcmp(run->variables[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int evaluate_variable(struct execution *run, const struct expr *expr, json **result)
{
	json *value = run->document;
	int index;

	if (*expr->text) {
		index = template_find_variable(run, expr->text);
		if (index < 0)
			return template_run_fail(run, &expr->place, "undefined variable: $%s",
						 expr->text);
		value = run->variables[index].value;
	}
	return walk_fields(run, expr, json_object_get(value), result);
}

/* ---- calls ---- */

/* The heading of a label's column: the last word of its name. */
static json *label_heading(const char *name)
{
	const char *dot = strrchr(name, '.');
	auto_free char *text = alloc_string(dot ? dot + 1 : name);

	for (char *c = text; *c; c++)
		*c = *c == '-' || *c == '_' ? ' ' : *c;
	return json_object_new_string(text);
}

/* {{.Label "name"}}: labels are "a=b,c=d" or a map. */
static int call_label(struct execution *run, const struct expr *call, json **result)
{
	auto_json json *name = NULL;
	json *labels = json_get(run->dot, "Labels");
	const char *text, *at;
	size_t length;

	if (template_evaluate(run, call->items[1], &name) < 0)
		return -1;
	text = name ? json_object_get_string(name) : "";
	length = strlen(text);
	if (run->is_heading) {
		*result = label_heading(text);
		return 0;
	}
	if (json_is_object(labels)) {
		*result = json_object_get(json_get(labels, text));
		return 0;
	}
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

/* A value that is no function. */
static int evaluate_value(struct execution *run, const struct expr *call, json **piped,
			  json **result)
{
	const struct expr *value = call->items[0];

	if (is_label_method(call) && !piped)
		return call_label(run, call, result);
	if (call->item_count > 1 || piped)
		return value->field_count
			       ? template_run_fail(run, &value->place,
						   "%s is not a method but has arguments",
						   value->fields[value->field_count - 1])
			       : template_run_fail(run, &value->place,
						   "can't give argument to non-function %.*s",
						   (int)value->place.length, value->place.text);
	if (value->kind == EXPR_NIL)
		return template_run_fail(run, &value->place, "nil is not a command");
	return template_evaluate(run, value, result);
}

static int wrong_count(struct execution *run, const struct expr *call, size_t count)
{
	const struct template_function *function = call->function;
	struct template_place place = call->place;

	place.length = strlen(function->name);
	return template_run_fail(
		run, &place, "wrong number of args for %s: want %s%zu got %zu", function->name,
		function->least == function->most ? "" : "at least ", function->least, count);
}

/* What is behind the argument that decides may be a mistake: it is not looked at. */
static int evaluate_arguments(struct execution *run, const struct expr *call, json **arguments,
			      size_t *count)
{
	for (size_t i = 0; i < call->item_count; i++) {
		if (template_evaluate(run, call->items[i], &arguments[(*count)++]) < 0)
			return -1;
		if (call->function->is_lazy &&
		    template_is_true(arguments[i]) == call->function->decides)
			return 1;
	}
	return 0;
}

static int call_function(struct execution *run, const struct expr *call, json *const *arguments,
			 size_t count, json **result)
{
	const struct template_function *function = call->function;
	struct error reason = {0};

	if (run->is_heading && function->is_text) {
		*result = json_object_get(arguments[0]);
		return 0;
	}
	if (function->call(result, arguments, count, &reason) == 0)
		return 0;
	return template_run_fail(run, &call->place, "error calling %s: %s", function->name,
				 reason.text);
}

/* @piped: the value before the bar, NULL pointer when there is none. */
static int evaluate_call(struct execution *run, const struct expr *call, json **piped,
			 json **result)
{
	json *arguments[TEMPLATE_MOST_ARG + 1] = {0};
	size_t count = 0, given = call->item_count + (piped != NULL);
	int status;

	if (!call->function)
		return evaluate_value(run, call, piped, result);
	if (given < call->function->least || given > call->function->most)
		return wrong_count(run, call, given);
	status = evaluate_arguments(run, call, arguments, &count);
	if (status == 0 && piped)
		arguments[count++] = json_object_get(*piped);
	if (status >= 0)
		status = call_function(run, call, arguments, count, result);
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

int template_evaluate(struct execution *run, const struct expr *expr, json **result)
{
	*result = NULL;
	switch (expr->kind) {
	case EXPR_STRING:
		*result = json_object_new_string(expr->text);
		return 0;
	case EXPR_NUMBER:
		*result = json_object_new_int64((int64_t)expr->number);
		return 0;
	case EXPR_FRACTION:
		*result = json_object_new_double(expr->number);
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

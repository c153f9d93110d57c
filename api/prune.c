/* SPDX-License-Identifier: Apache-2.0 */
#include "api/prune.h"

#include "api/answer.h"
#include "base/strvec.h"
#include "base/units.h"
#include "describe/pruning.h"

#include <string.h>

json *prune_list(const struct strvec *texts)
{
	return texts->count ? json_from_strings(texts->items) : NULL;
}

void prune_answer(struct request *request, const char *name, const struct pruning *pruning)
{
	json *answer = json_new_object();

	json_set(answer, name, prune_list(&pruning->removed));
	json_set_int(answer, "SpaceReclaimed", pruning->bytes);
	answer_json(request, 200, answer);
}

bool prune_take_flag(struct strvec *filters, const char *name, bool fallback)
{
	size_t length = strlen(name);

	for (size_t i = filters->count; i-- > 0;) {
		const char *text = filters->items[i];

		if (strncmp(text, name, length) != 0 || text[length] != '=')
			continue;
		units_parse_bool(&fallback, text + length + 1, NULL);
		strvec_remove(filters, i);
	}
	return fallback;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/question.h"

#include <stdio.h>

bool question_ask(const char *text)
{
	char answer[16] = "";

	fputs(text, stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	return answer[0] == 'y' || answer[0] == 'Y';
}

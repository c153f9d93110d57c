/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/question.h"

#include "cli/screen/terminal.h"

#include <stdio.h>

bool question_ask(const char *text)
{
	char answer[16] = "";

	fputs(text, stderr);
	terminal_hold_last_words(true);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	terminal_hold_last_words(false);
	return answer[0] == 'y' || answer[0] == 'Y';
}

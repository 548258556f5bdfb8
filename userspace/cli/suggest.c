// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which word was meant: the nearest of some words to one that was typed wrongly. The distance is
 * the number of letters to insert, remove, replace or exchange with the next one, as in F. J.
 * Damerau, "A technique for computer detection and correction of spelling errors", 1964.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define LONGEST 32 /* letters; a longer word has no neighbours */
#define FARTHEST 2

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[LONGEST + 1][LONGEST + 1];
	size_t rows = strlen(a), columns = strlen(b);

	if (rows > LONGEST || columns > LONGEST)
		return FARTHEST + 1;
	for (size_t i = 0; i <= rows; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= columns; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= rows; i++) {
		for (size_t j = 1; j <= columns; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[rows][columns];
}

/* @word was typed; suggest() offers words, and @best is then the nearest one, or NULL. */
void suggest_for(struct suggestion *suggestion, const char *word)
{
	*suggestion = (struct suggestion){ .word = word, .distance = FARTHEST + 1 };
	/* Of a short word most letters must be right, or any short word would be near. */
	if (strlen(word) < 4)
		suggestion->distance = FARTHEST;
}

/* @candidate must outlive @suggestion. Of two as near, the first one is kept. */
void suggest(struct suggestion *suggestion, const char *candidate)
{
	unsigned int far = distance(suggestion->word, candidate);

	if (far >= suggestion->distance)
		return;
	suggestion->distance = far;
	suggestion->best = candidate;
}

/* "; did you mean 'BEST'?", or "" if nothing is near. Valid until the next call. */
const char *suggestion_text(const struct suggestion *suggestion)
{
	static char text[80];

	text[0] = '\0';
	if (suggestion->best)
		snprintf(text, sizeof(text), "; did you mean '%s'?", suggestion->best);
	return text;
}

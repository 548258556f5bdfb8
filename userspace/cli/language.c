// SPDX-License-Identifier: BSD-2-Clause
/*
 * The user's language: gettext(3) looks for the texts in ../share/locale of the tool's folder, or
 * in
 * ./locale where the tool was built. Knows nothing of what is translated.
 */
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "language.h"

/* The locale of messages that the environment asks for; "" if none. See locale(7). */
static const char *wanted_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "";
}

/*
 * Most systems have the data of a few locales only. Messages need none of it, so where the user's
 * locale is missing, C.UTF-8 takes its place, and only the language is the user's.
 */
static void set_locale(void)
{
	const char *wanted = wanted_locale();
	char language[16];

	if (!setlocale(LC_CTYPE, ""))
		setlocale(LC_CTYPE, "C.UTF-8");
	if (setlocale(LC_MESSAGES, "") || !setlocale(LC_MESSAGES, "C.UTF-8"))
		return;
	snprintf(language, sizeof(language), "%.*s", (int)strcspn(wanted, "_.@"), wanted);
	setenv("LANGUAGE", language, 0);
}

/* From now on gettext() translates, if there are texts in the user's language. */
void use_language(void)
{
	char tool[PATH_MAX - sizeof("/../share/locale")];
	ssize_t length = readlink("/proc/self/exe", tool, sizeof(tool) - 1);
	char folder[PATH_MAX];

	set_locale();
	if (length < 0)
		return;
	tool[length] = '\0';
	*strrchr(tool, '/') = '\0';
	snprintf(folder, sizeof(folder), "%s/locale", tool);
	if (access(folder, F_OK))
		snprintf(folder, sizeof(folder), "%s/../share/locale", tool);
	bindtextdomain("mmapdemo", folder);
	textdomain("mmapdemo");
}

/* Columns of a terminal that @text takes: a Korean letter takes two. */
static int columns_of(const char *text)
{
	size_t left = strlen(text);
	mbstate_t state = { 0 };
	int columns = 0;

	while (left) {
		wchar_t letter;
		size_t n = mbrtowc(&letter, text, left, &state);
		int width;

		if (n > left) /* not text in this locale: as bytes */
			return columns + (int)left;
		width = wcwidth(letter);
		columns += width < 0 ? 1 : width;
		text += n;
		left -= n;
	}
	return columns;
}

/* Print @text, and spaces up to @columns of a terminal. */
void print_padded(const char *text, int columns)
{
	int rest = columns - columns_of(text);

	printf("%s%*s", text, rest > 0 ? rest : 0, "");
}

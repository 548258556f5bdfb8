/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in the user's language. userspace/po has the translations. */
#ifndef MMAPDEMO_LANGUAGE_H
#define MMAPDEMO_LANGUAGE_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text /* for po/update.sh: gettext() is called where it is printed */

void use_language(void);
void print_padded(const char *text, int columns);

#endif /* MMAPDEMO_LANGUAGE_H */

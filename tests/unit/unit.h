/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmocka wants included before it. */
#ifndef MMAPDEMO_UNIT_H
#define MMAPDEMO_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif /* MMAPDEMO_UNIT_H */

# SPDX-License-Identifier: BSD-2-Clause
# log_trouble: prints lines of the kernel log that mean trouble; nothing if none.
log_trouble() {
	dmesg | grep -E 'WARNING:|BUG:|BUG [a-z]|Oops|Call Trace|general protection|Unable to handle|Bad page|refcount_t|possible circular|leaked|sysfs: cannot|soft lockup|rcu.*stall'
}

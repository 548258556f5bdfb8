# SPDX-License-Identifier: BSD-2-Clause
# Before anything changes: is there room for a build? Of preinst, and of prerm, which is
# asked before an upgrade takes the module away that was there.
need=32
for dir in /usr/src /var/lib/dkms /lib/modules; do
	# What is made by it, or by packages that come with it.
	while [ ! -e "$dir" ]; do dir=$(dirname "$dir"); done
	free=$(df --output=avail -BM "$dir" | tail -n 1 | tr -dc 0-9)
	if [ "$free" -lt $need ]; then
		echo "mmapdemo: $dir has $free MB free, and the module's build needs $need MB." >&2
		echo "mmapdemo: nothing was changed; make room there (apt-get clean?) and try again." >&2
		exit 1
	fi
done

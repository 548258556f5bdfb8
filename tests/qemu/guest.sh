# SPDX-License-Identifier: BSD-2-Clause
# guest_prepare KERNEL BUILD [bench]: fetches the kernel, builds the module for it
# and packs the guest, with the tests or the benchmarks. Sets $kernel, a folder,
# and $initramfs, a file.
guest_prepare() {
	kernel=$("$here/kernel.sh" "$1")
	"$here/module.sh" "$kernel/headers" "$2/module-$1" userspace/examples/engine tests/engine >&2
	initramfs=$2/initramfs-$1${3:+-$3}
	"$here/initramfs.sh" "$initramfs" "$2/module-$1/mmapdemo.ko" "$2" ${3:+"$3"}
}

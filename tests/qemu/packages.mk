# SPDX-License-Identifier: BSD-2-Clause
# Debian packages: which ones each target needs, and how they are installed.
# Debian packages that the targets need; "make" installs them, or says how.
PACKAGES_USERSPACE := gcc libc6-dev libjson-c-dev gettext $(if $(SYSROOT),gcc-aarch64-linux-gnu)
PACKAGES_GUEST := $(if $(SYSROOT),qemu-system-arm,qemu-system-x86) busybox-static kmod cpio xxd diffutils libelf1
PACKAGES_TEST := libcmocka-dev gdbserver zsh fish python3-minimal libpython3-stdlib socat golang-go
PACKAGES_BENCH := gnuplot-nox
PACKAGES_BENCH_NATIVE := g++ libck-dev libboost-dev
PACKAGES_DEB := build-essential dpkg-dev debhelper dh-dkms fakeroot lintian
PACKAGES_SYSTEM := qemu-system-x86 qemu-utils mmdebstrap e2fsprogs xz-utils zstd
PACKAGES_LIBC := mmdebstrap musl-tools xz-utils
PACKAGES_LINT := sparse clang-format clang lld llvm musl-tools shellcheck codespell xz-utils patch mandoc

.PHONY: packages-userspace packages-guest packages-test packages-bench packages-bench-native \
	packages-deb packages-system packages-libc packages-lint
packages-userspace:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE)
	$(Q)$(if $(SYSROOT),tests/qemu/sysroot.sh $(SYSROOT))
packages-guest:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_GUEST)
packages-test:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_GUEST) $(PACKAGES_TEST)
packages-bench:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_GUEST) $(PACKAGES_BENCH)
packages-bench-native:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_BENCH_NATIVE)
packages-deb:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_DEB)
packages-system: packages-deb
	$(Q)tests/qemu/packages.sh $(PACKAGES_SYSTEM)
packages-libc: packages-test
	$(Q)tests/qemu/packages.sh $(PACKAGES_LIBC)
packages-lint:
	$(Q)tests/qemu/packages.sh $(PACKAGES_USERSPACE) $(PACKAGES_TEST) libck-dev $(PACKAGES_LINT)

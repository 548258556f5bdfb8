# SPDX-License-Identifier: BSD-2-Clause
# "make help" lists the targets. V=1 shows the commands.

VERSION := $(shell sed -n 's/^.define MMAPDEMO_VERSION "\(.*\)"/\1/p' driver/uapi/linux/mmapdemo.h)
SONAME := libmmapdemo.so.$(firstword $(subst ., ,$(VERSION)))

# The kernel to build the module for, and the one that the guest boots.
KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.1
# What the guest is: amd64, or arm64, which everything in it is then built for. The names
# that kernels and compilers have for them will do.
export ARCH ?= amd64
override ARCH := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(ARCH)))
export MEM ?= 1G
export SMP ?= 2

PREFIX ?= /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
MANDIR = $(PREFIX)/share/man
LOCALEDIR = $(PREFIX)/share/locale
BASH_COMPLETION = $(PREFIX)/share/bash-completion/completions/mmapdemo
ZSH_COMPLETION = $(PREFIX)/share/zsh/site-functions/_mmapdemo
FISH_COMPLETION = $(PREFIX)/share/fish/vendor_completions.d/mmapdemo.fish
# Where systemd and udev look, with PREFIX=/usr or /usr/local.
UDEV_RULE = $(PREFIX)/lib/udev/rules.d/60-mmapdemo.rules
MODULES_LOAD = $(PREFIX)/lib/modules-load.d/mmapdemo.conf
SYSUSERS = $(PREFIX)/lib/sysusers.d/mmapdemo.conf
# Where DKMS looks.
DKMS_SOURCE = /usr/src/mmapdemo-$(VERSION)
CFLAGS ?= -O2 -g
ifeq ($(ARCH),amd64)
BUILD := build
else ifeq ($(ARCH),arm64)
BUILD := build/arm64
SYSROOT := $(BUILD)/sysroot
CC := aarch64-linux-gnu-gcc --sysroot=$(SYSROOT)
AR := aarch64-linux-gnu-ar
else
$(error ARCH=$(ARCH): choose amd64 or arm64)
endif
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CPPFLAGS_ALL := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Idriver/uapi -Iuserspace/lib $(CPPFLAGS)
CFLAGS_ALL := -std=gnu11 $(WARNINGS) -MMD -MP $(CFLAGS)

# In glibc itself since 2.34, and in musl.
LIBS := -pthread -lrt

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

LIB_OBJ := $(patsubst userspace/%.c,$(BUILD)/obj/%.o,$(wildcard userspace/lib/*.c))
CLI_OBJ := $(patsubst userspace/%.c,$(BUILD)/obj/%.o,$(wildcard userspace/cli/*.c userspace/cli/*/*.c))
# What unit tests of the tool link with: all of it but main().
CLI_ROOMS := $(filter-out %/main.o,$(CLI_OBJ))
STATIC := $(BUILD)/lib/libmmapdemo.a
SHARED := $(BUILD)/lib/$(SONAME)
TOOL := $(BUILD)/mmapdemo
TRANSLATIONS := $(patsubst userspace/po/%.po,$(BUILD)/locale/%/LC_MESSAGES/mmapdemo.mo,$(wildcard userspace/po/*.po))
DEVICE_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/device/*.c))
COMPAT_TESTS := $(filter $(BUILD)/tests/device/compat%,$(DEVICE_TESTS))
STORM := $(BUILD)/tests/storm/storm
STORM_PEER := $(BUILD)/tests/storm/storm-peer
FAULT_INJECTION := $(BUILD)/tests/sanitize/fault-injection
# ThreadSanitizer is of this machine's compiler.
THREADS := $(if $(SYSROOT),,$(BUILD)/tests/threads/threads)
COMPAT_FLAGS = $(if $(findstring x86_64,$(shell $(CC) -dumpmachine)),-m32 -nostdlib -static \
	-ffreestanding -fno-pie -no-pie -fno-stack-protector -idirafter /usr/include/x86_64-linux-gnu)
BENCH := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c)) \
	$(addprefix $(BUILD)/tests/bench/,locks-shared channels-shared channels-inlined)
BENCH_NATIVE := $(BUILD)/tests/bench-native
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
HEADERS := $(wildcard userspace/lib/mmapdemo*.h)
MANUAL := $(wildcard userspace/man/*.[1-9])
PAGES := $(filter %.3,$(MANUAL))
# The functions that a page is about, each of which finds it, by a link of its name.
names_of = sed -n 's/^\.Nm \(mmapdemo_[a-z_]*\).*/\1/p' $(1)
MANUAL_EXAMPLES := $(patsubst userspace/man/%.3,$(BUILD)/tests/manual/%,$(PAGES))
TUTORIAL := $(patsubst userspace/%.c,$(BUILD)/%,$(wildcard userspace/examples/*.c)) \
	$(patsubst userspace/%,$(BUILD)/%,$(wildcard userspace/examples/*.sh userspace/examples/*.py))
EXAMPLES := $(MANUAL_EXAMPLES) $(TUTORIAL)
README := $(BUILD)/tests/readme/say
GO_LOOP := $(BUILD)/tests/loops/watch

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

.PHONY: all
all: userspace module ## the module, the library and the tool

.PHONY: module
module: ## build/module/mmapdemo.ko for KDIR (the running kernel), by its compiler, CC or LLVM
	$(Q)MODULE_CC="$$CC" MODULE_LLVM="$$LLVM" tests/qemu/module.sh $(KDIR) $(BUILD)/module
	@echo "  built   $(BUILD)/module/mmapdemo.ko"

.PHONY: userspace
userspace: packages-userspace $(TOOL) $(TRANSLATIONS) $(STATIC) $(BUILD)/lib/libmmapdemo.so ## the library and the tool

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

$(LIB_OBJ): $(BUILD)/obj/%.o: userspace/%.c | packages-userspace
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -fvisibility=default -c $< -o $@

$(CLI_OBJ): $(BUILD)/obj/%.o: userspace/%.c | packages-userspace
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Iuserspace/cli $(CFLAGS_ALL) -c $< -o $@

$(TRANSLATIONS): $(BUILD)/locale/%/LC_MESSAGES/mmapdemo.mo: userspace/po/%.po | packages-userspace
	$(call say,MSGFMT,$@)
	@mkdir -p $(@D)
	$(Q)msgfmt --check --output-file=$@ $<

$(STATIC): $(LIB_OBJ)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(SHARED): $(LIB_OBJ) userspace/lib/libmmapdemo.map
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=userspace/lib/libmmapdemo.map \
		$(LDFLAGS) $(LIB_OBJ) $(LIBS) -o $@

$(BUILD)/lib/libmmapdemo.so: $(SHARED)
	$(Q)ln -sf $(SONAME) $@

$(TOOL): $(CLI_OBJ) $(STATIC)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $^ -ljson-c $(LIBS) -o $@

# Device tests use system calls only, on purpose; unit tests use the library.
$(filter-out $(COMPAT_TESTS),$(DEVICE_TESTS)): $(BUILD)/%: %.c | packages-test
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_FILE_OFFSET_BITS=64 -Idriver/uapi $(CFLAGS_ALL) $< -lcmocka -o $@

# A 32-bit program where the compiler can make one, without a libc for it.
$(COMPAT_TESTS): $(BUILD)/%: %.c | packages-test
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -Idriver/uapi $(CFLAGS_ALL) $(COMPAT_FLAGS) $< -o $@

$(FAULT_INJECTION): $(wildcard tests/sanitize/*.[ch]) tests/device/device.h | packages-test
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_FILE_OFFSET_BITS=64 -Idriver/uapi $(CFLAGS) -std=gnu11 $(WARNINGS) \
		$(filter %.c,$^) -lcmocka -o $@

# The library is built without the sanitizer, as it mostly is.
$(THREADS): $(BUILD)/%: %.c $(wildcard userspace/lib/*.h) $(BUILD)/lib/libmmapdemo.so | packages-test
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fsanitize=thread $< -L$(BUILD)/lib -lmmapdemo $(LIBS) -o $@

$(UNIT_TESTS): $(BUILD)/%: %.c $(CLI_ROOMS) $(BUILD)/lib/libmmapdemo.so | packages-test
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) -Iuserspace/cli $(CFLAGS_ALL) $< $(CLI_ROOMS) \
		-L$(BUILD)/lib -lmmapdemo -ljson-c -lcmocka $(LIBS) -ldl -o $@

$(BUILD)/tests/manual/%.c $(BUILD)/tests/manual/%.out: userspace/man/%.3 tests/manual/example.awk
	$(call say,AWK,$<)
	@mkdir -p $(@D)
	$(Q)awk -f tests/manual/example.awk $< >$(BUILD)/tests/manual/$*.c
	$(Q)awk -v output=1 -f tests/manual/example.awk $< >$(BUILD)/tests/manual/$*.out

# As a reader of the page would.
$(MANUAL_EXAMPLES): %: %.c $(BUILD)/lib/libmmapdemo.so
	$(call say,CC,$<)
	$(Q)$(CC) -Iuserspace/lib -Idriver/uapi $(CFLAGS_ALL) -Werror $< -L$(BUILD)/lib -lmmapdemo -o $@

# As the first comment of an example says, but into the build; its output stands there, too.
$(filter-out %.sh %.py,$(TUTORIAL)): $(BUILD)/%: userspace/%.c userspace/examples/must.h tests/examples/prints.awk \
		$(BUILD)/lib/libmmapdemo.so
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)awk -f tests/examples/prints.awk $< >$@.out
	$(Q)$(CC) -D_GNU_SOURCE -Iuserspace/lib -Idriver/uapi -L$(BUILD)/lib $(CFLAGS_ALL) -Werror \
		$$(sed -n 's,^ \*\tcc \(.*\) &&.*,\1,p' $< | sed 's,[^ ]*\.c,$<,; s,-o [^ ]*,-o $@,')

$(filter %.sh %.py,$(TUTORIAL)): $(BUILD)/%: userspace/% tests/examples/prints.awk
	@mkdir -p $(@D)
	$(Q)awk -f tests/examples/prints.awk $< >$(basename $@).out
	$(Q)cp $< $@

# What README.md tells a reader to compile and to type, as printed.
$(README): README.md tests/readme/blocks.awk $(BUILD)/lib/libmmapdemo.so
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)awk -v language=console -f tests/readme/blocks.awk $< >$(@D)/session
	$(Q)awk -v language=console -v part=commands -f tests/readme/blocks.awk $< >$(@D)/commands
	$(Q)awk -v language=c -f tests/readme/blocks.awk $< >$@.c
	$(Q)$(CC) -Iuserspace/lib -Idriver/uapi -L$(BUILD)/lib $(WARNINGS) -Werror \
		$$(sed -n 's,.*`cc \(say.c [^`]*\)`.*,\1,p' $< | sed 's,say.c,$@.c,; s,-o say,-o $@,')

# Static, as Go's programs are; its cache is not the user's.
$(GO_LOOP): tests/loops/watch.go | packages-test
	$(call say,GO,$<)
	@mkdir -p $(@D)
	$(Q)CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) GOFLAGS= GOCACHE=$(CURDIR)/$(BUILD)/go \
		go build -trimpath -ldflags='-s -w' -o $@ $<

$(STORM): $(wildcard tests/storm/*.[ch]) | packages-test
$(STORM_PEER): $(wildcard tests/storm/peer/*.[ch]) tests/storm/model.h | packages-test
$(STORM) $(STORM_PEER):
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Idriver/uapi -std=gnu11 $(WARNINGS) $(CFLAGS) \
		$(filter %.c,$^) -o $@

$(filter-out %-shared %-inlined,$(BENCH)): $(BUILD)/%: %.c $(STATIC) | packages-guest
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $< $(STATIC) -o $@

$(filter %-shared,$(BENCH)): $(BUILD)/%-shared: %.c $(BUILD)/lib/libmmapdemo.so | packages-guest
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $< -L$(BUILD)/lib -lmmapdemo -o $@

# The program and the library's sources as one, in which no call is too long to be inlined.
$(filter %-inlined,$(BENCH)): $(BUILD)/%-inlined: %.c $(wildcard tests/bench/*.h) $(LIB_OBJ) | packages-guest
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(filter-out -MMD -MP,$(CFLAGS_ALL)) -flto -finline-limit=2000 \
		-Wno-maybe-uninitialized $< \
		$(wildcard userspace/lib/*.c) -o $@

# The only C++ is a peer that is measured.
$(BENCH_NATIVE): $(wildcard tests/bench/native/*) $(STATIC) | packages-bench-native
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)g++ -O2 -g -Wall -Wextra -c tests/bench/native/boost.cc -o $@-boost.o
	$(Q)$(CC) $(CPPFLAGS_ALL) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(filter %.c,$^) $@-boost.o \
		$(STATIC) -lstdc++ -o $@

.PHONY: new-driver
new-driver: ## a small, complete driver to go on from: NAME=foo DIR=../foo
	$(Q)userspace/new-driver/new-driver.sh "$$NAME" "$$DIR"

.PHONY: test-new-driver
test-new-driver: packages-test ## a driver that new-driver has written passes its own "make test"
	$(Q)tests/new-driver/own.sh $(KERNEL) $(BUILD)/foo

.PHONY: demo
demo: packages-guest $(TOOL) $(SHARED) ## boot a stock kernel in QEMU, load the module, exchange data
	$(Q)tests/qemu/demo.sh $(KERNEL) $(BUILD)

.PHONY: demo-picture
demo-picture: ## docs/demo.svg, of what "make demo" printed last
	$(Q)awk -f docs/terminal.awk $(BUILD)/demo.log >$(BUILD)/demo.svg && mv $(BUILD)/demo.svg docs/

.PHONY: test-programs
test-programs: packages-test userspace $(STORM) $(STORM_PEER) $(DEVICE_TESTS) $(UNIT_TESTS) $(EXAMPLES) $(README) $(FAULT_INJECTION) $(GO_LOOP) $(THREADS)

.PHONY: test
test: test-programs ## all tests; KERNEL=6.1, 6.12 or 7.2, ARCH=amd64 or arm64, V=1 for each
	$(Q)tests/qemu/test.sh $(KERNEL) $(BUILD)

.PHONY: test-system
test-system: packages-system deb dist ## the packages in a booted Debian: install, use, upgrade, reboot, purge; DEBIAN=12 or 13, ONLY=kernel
	$(Q)tests/system/system.sh $(or $(DEBIAN),12) $(BUILD)

.PHONY: shell
shell: packages-guest $(TOOL) $(SHARED) ## a shell in the guest, with the module loaded
	$(Q)tests/qemu/shell.sh $(KERNEL) $(BUILD)

# Each cell is a job; arm64 takes longer. What all would build, install or download comes first.
cells = $(foreach kernel,$(2),'test ARCH=$(1) KERNEL=$(kernel)')
.PHONY: cells-ready
cells-ready:
	$(Q)for arch in amd64 arm64; do \
		$(MAKE) --no-print-directory test-programs ARCH=$$arch && \
		for kernel in 6.1 6.12 7.2; do \
			ARCH=$$arch tests/qemu/kernel.sh $$kernel >/dev/null || exit; done || exit; done

.PHONY: matrix
matrix: cells-ready ## all tests on 6.1, 6.12 and 7.2, amd64 and arm64, and a table
	$(Q)tests/jobs.sh $(BUILD) $(call cells,arm64,7.2 6.12 6.1) $(call cells,amd64,7.2 6.12 6.1)

# As much as two CPUs do in 45 minutes: of the matrix the oldest kernel and the newest one, this
# one on arm64, too. What sanitize builds, and runs all tests in, is 6.12; it is built while
# others are fetched.
.PHONY: everything
everything: demo packages-bench packages-system packages-lint ## lint, demo, bench, half the matrix, sanitize, packages: what a change has to pass
	$(Q)tests/qemu/kernel.sh sanitize >/dev/null & built=$$!; \
		$(MAKE) --no-print-directory cells-ready && wait $$built
	$(Q)tests/jobs.sh $(BUILD) sanitize lint 'test-system ONLY=users' $(call cells,arm64,7.2) \
		$(call cells,amd64,7.2 6.1) test-new-driver bench sanitize-native

.PHONY: mutants
mutants: test-programs ## planted bugs: does the suite notice each? ONLY=access for some
	$(Q)tests/qemu/packages.sh patch && tests/mutants/run.sh $(KERNEL) $(BUILD)

.PHONY: model
model: ## the rules of channels in a model checker: do they hold, and is each one needed?
	$(Q)tests/qemu/packages.sh gcc libc6-dev spin && tests/model/model.sh $(BUILD)

.PHONY: storm
storm: test-programs ## random operations against a model; SECONDS=60 SEED=1 KERNEL=6.1
	$(Q)ONLY=storm STORM_SECONDS=$(or $(SECONDS),60) STORM_SEED=$(or $(SEED),1) \
		tests/qemu/test.sh $(KERNEL) $(BUILD)

.PHONY: soak
soak: test-programs ## all tests, with ten times as much in those that count, and 10,000 kills
	$(Q)SOAK=1 STORM_SECONDS=120 tests/qemu/test.sh $(KERNEL) $(BUILD)

.PHONY: sanitize
sanitize: test-programs ## all tests in a kernel with KASAN, lockdep..., failing allocations, coverage
	$(Q)tests/sanitize/sanitize.sh $(BUILD)

.PHONY: sanitize-native
sanitize-native: $(THREADS) ## unit tests of channels, and threads, under the sanitizers of gcc, without a guest
	$(Q)tests/sanitize/native.sh $(BUILD)

.PHONY: test-libc
test-libc: packages-libc ## library, tool and their unit tests with glibc 2.31 and musl; needs root
	$(Q)tests/libc/libc.sh $(BUILD)

.PHONY: kcsan
kcsan: ## the storm in a kernel with KCSAN, which finds data races; SECONDS=60 SEED=1
	$(Q)$(MAKE) --no-print-directory storm KERNEL=kcsan

.PHONY: bench
bench: packages-bench userspace $(BENCH) ## instructions of each operation, beside what else does the same; KERNEL=6.1
	$(Q)SMP=1 tests/bench/bench.sh $(KERNEL) $(BUILD)

.PHONY: bench-native
bench-native: packages-bench-native $(BENCH_NATIVE) ## channels beside others on two CPUs of this machine: ratios, which fail nothing
	$(Q)$(BENCH_NATIVE) $(BUILD)/bench-native.json

.PHONY: bench-baseline
bench-baseline: ## what the next "make bench" is compared with, and docs/bench.svg: what the last one measured
	$(Q)tests/bench/baseline.sh $(BUILD)/bench.json >tests/bench/baseline.new
	$(Q)mv tests/bench/baseline.new tests/bench/baseline
	$(Q)cp $(BUILD)/chart.svg docs/bench.svg

.PHONY: bench-compare
bench-compare: ## what got worse: OLD=bench.json NEW=bench.json
	$(Q)tests/bench/compare.sh $(OLD) $(or $(NEW),$(BUILD)/bench.json)

.PHONY: lint
lint: packages-lint ## checkpatch, sparse, W=1, compilers, layout, spelling, include directions
	$(Q)tests/lint/lint.sh $(BUILD)

.PHONY: install
install: userspace ## tool, library, headers, manual, udev rule... under PREFIX (/usr/local) of DESTDIR
	install -D -m 755 $(TOOL) "$(DESTDIR)$(BINDIR)/mmapdemo"
	install -D -m 755 $(SHARED) "$(DESTDIR)$(LIBDIR)/libmmapdemo.so.$(VERSION)"
	ln -sf libmmapdemo.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/$(SONAME)"
	ln -sf $(SONAME) "$(DESTDIR)$(LIBDIR)/libmmapdemo.so"
	install -D -m 644 $(STATIC) "$(DESTDIR)$(LIBDIR)/libmmapdemo.a"
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@LIBDIR@,$(LIBDIR),' -e 's,@INCLUDEDIR@,$(INCLUDEDIR),' \
		-e 's,@VERSION@,$(VERSION),' userspace/lib/libmmapdemo.pc.in | \
		install -D -m 644 /dev/stdin "$(DESTDIR)$(LIBDIR)/pkgconfig/libmmapdemo.pc"
	install -D -m 644 -t "$(DESTDIR)$(INCLUDEDIR)" $(HEADERS)
	install -D -m 644 -t "$(DESTDIR)$(INCLUDEDIR)/linux" driver/uapi/linux/mmapdemo.h
	install -D -m 644 userspace/completions/mmapdemo.bash "$(DESTDIR)$(BASH_COMPLETION)"
	install -D -m 644 userspace/completions/_mmapdemo "$(DESTDIR)$(ZSH_COMPLETION)"
	install -D -m 644 userspace/completions/mmapdemo.fish "$(DESTDIR)$(FISH_COMPLETION)"
	for file in $(TRANSLATIONS:$(BUILD)/locale/%=%); do \
		install -D -m 644 $(BUILD)/locale/$$file "$(DESTDIR)$(LOCALEDIR)/$$file"; done
	for page in $(MANUAL); do \
		install -D -m 644 -t "$(DESTDIR)$(MANDIR)/man$${page##*.}" $$page; done
	for page in $(PAGES); do for name in $$($(call names_of,$$page)); do \
		[ $$name.3 = $${page##*/} ] || \
			ln -sf $${page##*/} "$(DESTDIR)$(MANDIR)/man3/$$name.3"; done; done
	install -D -m 644 userspace/system/60-mmapdemo.rules "$(DESTDIR)$(UDEV_RULE)"
	install -D -m 644 userspace/system/modules-load.conf "$(DESTDIR)$(MODULES_LOAD)"
	install -D -m 644 userspace/system/sysusers.conf "$(DESTDIR)$(SYSUSERS)"

.PHONY: uninstall
uninstall: ## remove what install put there, and the library of older versions
	rm -f "$(DESTDIR)$(LIBDIR)"/libmmapdemo.so.[0-9]* $(foreach file,$(BINDIR)/mmapdemo \
		$(LIBDIR)/libmmapdemo.so $(LIBDIR)/libmmapdemo.a \
		$(LIBDIR)/pkgconfig/libmmapdemo.pc $(INCLUDEDIR)/linux/mmapdemo.h \
		$(HEADERS:userspace/lib/%=$(INCLUDEDIR)/%) \
		$(TRANSLATIONS:$(BUILD)/locale/%=$(LOCALEDIR)/%) \
		$(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION) \
		$(UDEV_RULE) $(MODULES_LOAD) $(SYSUSERS),"$(DESTDIR)$(file)")
	for page in $(notdir $(MANUAL)); do rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$$page"; done
	for name in $$($(call names_of,$(PAGES))); do rm -f "$(DESTDIR)$(MANDIR)/man3/$$name.3"; done

.PHONY: install-dkms
install-dkms: ## the module's sources, for: dkms install mmapdemo/VERSION
	install -D -m 644 -t "$(DESTDIR)$(DKMS_SOURCE)" Kbuild
	for file in $$(find driver -name '*.[ch]'); do \
		install -D -m 644 $$file "$(DESTDIR)$(DKMS_SOURCE)/$$file"; done
	sed -e 's,@VERSION@,$(VERSION),' dkms.conf.in | \
		install -D -m 644 /dev/stdin "$(DESTDIR)$(DKMS_SOURCE)/dkms.conf"

.PHONY: uninstall-dkms
uninstall-dkms: ## remove them, of any version, and what DKMS made of them; not those of a package
	@for source in "$(DESTDIR)"/usr/src/mmapdemo-[0-9]*; do \
		version=$${source##*/mmapdemo-}; \
		if [ ! -d "$$source" ]; then \
			continue; \
		elif dpkg -S "$$source" >/dev/null 2>&1; then \
			echo "$$source is of the package mmapdemo-dkms: sudo apt-get purge mmapdemo-dkms"; \
			continue; \
		elif [ -z "$(DESTDIR)" ] && [ -e "/var/lib/dkms/mmapdemo/$$version" ]; then \
			dkms remove "mmapdemo/$$version" --all || exit; \
		fi; \
		echo "rm -rf $$source"; \
		rm -rf "$$source" || exit; \
	done

.PHONY: deb
deb: packages-deb ## Debian packages of the module (DKMS), library and tool: build/deb
	$(Q)tests/package/deb.sh $(BUILD)

.PHONY: dist
dist: ## build/mmapdemo-VERSION.tar.gz, which needs no git
	$(Q)tests/package/dist.sh $(VERSION) $(BUILD)

.PHONY: clean
clean: ## remove build/; kernels stay in the cache (~/.cache/mmapdemo)
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(DEVICE_TESTS:=.d) $(UNIT_TESTS:=.d) $(BENCH:=.d) $(EXAMPLES:=.d)

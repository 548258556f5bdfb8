# SPDX-License-Identifier: BSD-2-Clause
# The programs that tests, benchmarks and the guest run.

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
MANUAL_EXAMPLES := $(patsubst userspace/man/%.3,$(BUILD)/tests/manual/%,$(PAGES))
TUTORIAL := $(patsubst userspace/%.c,$(BUILD)/%,$(wildcard userspace/examples/*.c)) \
	$(patsubst userspace/%,$(BUILD)/%,$(wildcard userspace/examples/*.sh userspace/examples/*.py))
EXAMPLES := $(MANUAL_EXAMPLES) $(TUTORIAL)
README := $(BUILD)/tests/readme/say
GO_LOOP := $(BUILD)/tests/loops/watch

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

# SPDX-License-Identifier: BSD-2-Clause
# Targets that boot a guest, test, measure or check.

.PHONY: demo
demo: packages-guest userspace ## boot a stock kernel in QEMU, load the module, exchange data
	$(Q)tests/qemu/demo.sh $(KERNEL) $(BUILD)

.PHONY: shell
shell: packages-guest userspace ## a shell in the guest, with the module loaded
	$(Q)tests/qemu/shell.sh $(KERNEL) $(BUILD)

.PHONY: test-programs
test-programs: packages-test userspace $(STORM) $(STORM_PEER) $(DEVICE_TESTS) $(UNIT_TESTS) $(EXAMPLES) $(README) $(FAULT_INJECTION) $(GO_LOOP) $(THREADS)

.PHONY: test
test: test-programs ## all tests; KERNEL=6.1, 6.12 or 7.2, ARCH=amd64 or arm64, V=1 for each
	$(Q)tests/qemu/test.sh $(KERNEL) $(BUILD)

.PHONY: test-system
test-system: packages-system deb dist ## the packages in a booted Debian: install, use, upgrade, reboot, purge; DEBIAN=12 or 13, ONLY=kernel
	$(Q)tests/system/system.sh $(or $(DEBIAN),12) $(BUILD)

.PHONY: test-new-driver
test-new-driver: packages-test ## a driver that new-driver has written passes its own "make test"
	$(Q)tests/new-driver/own.sh $(KERNEL) $(BUILD)/foo

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
lint: packages-lint userspace ## checkpatch, sparse, W=1, compilers, layout, spelling, include directions
	$(Q)tests/lint/lint.sh $(BUILD)

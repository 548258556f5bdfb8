# SPDX-License-Identifier: BSD-2-Clause
# "make help" lists the targets. V=1 shows the commands. What is common to all targets is here; a file
# for each part follows.

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

.PHONY: all
all: userspace module ## the module, the library and the tool

.PHONY: module
module: ## build/module/mmapdemo.ko for KDIR (the running kernel), by its compiler, CC or LLVM
	$(Q)MODULE_CC="$$CC" MODULE_LLVM="$$LLVM" tests/qemu/module.sh $(KDIR) $(BUILD)/module
	@echo "  built   $(BUILD)/module/mmapdemo.ko"

.PHONY: new-driver
new-driver: ## a small, complete driver to go on from: NAME=foo DIR=../foo
	$(Q)userspace/new-driver/new-driver.sh "$$NAME" "$$DIR"

.PHONY: clean
clean: ## remove build/; kernels stay in the cache (~/.cache/mmapdemo)
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

include tests/qemu/packages.mk
include userspace/userspace.mk
include docs/docs.mk
include tests/programs.mk
include tests/tests.mk
include debian/packages.mk

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(DEVICE_TESTS:=.d) $(UNIT_TESTS:=.d) $(BENCH:=.d) $(EXAMPLES:=.d)

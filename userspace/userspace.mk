# SPDX-License-Identifier: BSD-2-Clause
# The library, the tool, their translations and manual: built, installed, removed.

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

LIB_OBJ := $(patsubst userspace/%.c,$(BUILD)/obj/%.o,$(wildcard userspace/lib/*.c))
CLI_OBJ := $(patsubst userspace/%.c,$(BUILD)/obj/%.o,$(wildcard userspace/cli/*.c userspace/cli/*/*.c))
# What unit tests of the tool link with: all of it but main().
CLI_ROOMS := $(filter-out %/main.o,$(CLI_OBJ))
STATIC := $(BUILD)/lib/libmmapdemo.a
SHARED := $(BUILD)/lib/$(SONAME)
TOOL := $(BUILD)/mmapdemo
TRANSLATIONS := $(patsubst userspace/po/%.po,$(BUILD)/locale/%/LC_MESSAGES/mmapdemo.mo,$(wildcard userspace/po/*.po))
HEADERS := $(wildcard userspace/lib/mmapdemo*.h)
MANUAL := $(wildcard userspace/man/*.[1-9])
PAGES := $(filter %.3,$(MANUAL))
# The functions or verbs that a page is about: a link of each name leads to the page.
names_of = sed -n 's/^\.Nm \(mmapdemo[-_][a-z_-]*\).*/\1/p' $(1)

.PHONY: userspace
userspace: packages-userspace $(TOOL) $(TRANSLATIONS) $(STATIC) $(BUILD)/lib/libmmapdemo.so ## the library and the tool

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
	for page in $(MANUAL); do for name in $$($(call names_of,$$page)); do \
		[ $$name.$${page##*.} = $${page##*/} ] || ln -sf $${page##*/} \
			"$(DESTDIR)$(MANDIR)/man$${page##*.}/$$name.$${page##*.}"; done; done
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
	for page in $(MANUAL); do for name in $$($(call names_of,$$page)); do \
		rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$$name.$${page##*.}"; done; done

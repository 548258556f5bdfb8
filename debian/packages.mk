# SPDX-License-Identifier: BSD-2-Clause
# Packages: of Debian, for DKMS, and the tarball.

# Where DKMS looks.
DKMS_SOURCE = /usr/src/mmapdemo-$(VERSION)

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

# SPDX-License-Identifier: BSD-2-Clause
# What people read beside the manual's pages: the manual as HTML, and the pictures of README.md.

.PHONY: docs
docs: ## the manual as HTML, with an index: build/docs/index.html
	$(Q)tests/qemu/packages.sh mandoc && docs/html.sh $(BUILD)/docs
	@echo "  built   $(BUILD)/docs/index.html"

.PHONY: demo-picture
demo-picture: ## docs/demo.svg, of what "make demo" printed last
	$(Q)awk -f docs/terminal.awk $(BUILD)/demo.log >$(BUILD)/demo.svg && mv $(BUILD)/demo.svg docs/

# SPDX-License-Identifier: BSD-2-Clause
# Where a guest's packages come from: the mirrors that apt uses on this machine,
# with lists of our own, for amd64 and arm64. What is installed here, apt's own
# lists and dpkg's architectures are left alone; no root is needed.

# apt_lists DIR: from here on apt uses fresh lists in DIR and downloads to it.
apt_lists() {
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	: >"$1/status"
	cat >"$1/apt.conf" <<-CONF
		Dir::State::Lists "$1/lists";
		Dir::State::Status "$1/status";
		Dir::Cache "$1";
		APT::Architectures { "amd64"; "arm64"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	CONF
	export APT_CONFIG="$1/apt.conf"
	# Some other source may fail; the script that looks for a package says what is missing.
	apt-get update >"$1/log" 2>&1 || true
}

# mirrors RELEASE: Debian's lines of a sources.list, for that release of Debian.
mirrors() {
	apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(ORIGIN)" 'Created-By: Packages' |
		sed -n "s/ Debian\$//p" | sort -u | while read -r uri suite; do
		case $suite in
		"$debian") echo "deb $uri $1 main" && echo "deb $uri $1-backports main" ;;
		"$debian"-*) echo "deb $uri $1-${suite#*-} main" ;;
		esac
	done
}

debian=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

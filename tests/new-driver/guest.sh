# SPDX-License-Identifier: BSD-2-Clause
# The driver that "make new-driver" has written, in this kernel beside the one it was
# written of: it keeps the contract, by its own tests.
. /root/tap.sh
export CMOCKA_MESSAGE_OUTPUT=TAP

# Each by a driver that nobody has used.
keeps_contract() {
	insmod /root/my_driver.ko && timeout 120 "$1"
	tests=$?
	rmmod my_driver && return $tests
}
run sh /new-driver/load.sh
ok "it loads, refuses and unloads" [ "$code" -eq 0 ]
for test in /new-driver/device/*; do
	run keeps_contract "$test"
	ok "it keeps its contract: ${test##*/}" [ "$code" -eq 0 ]
done
finish

# SPDX-License-Identifier: BSD-2-Clause
# The driver that "make new-driver" has written, in this kernel beside the one it was
# written of: it keeps the contract, by its own tests.
. /root/tap.sh
export CMOCKA_MESSAGE_OUTPUT=TAP

run insmod /root/my_driver.ko
ok "it loads" [ "$code" -eq 0 ]
ok "its node is root's alone" [ "$(stat -c %a:%u:%g /dev/my_driver)" = 600:0:0 ]
run insmod /root/my_driver.ko
ok "loading it twice is refused" has "$err" "File exists"
run /new-driver/my_driver
ok "its program shows the map" cmp "$tap_dir/out" /examples/hello-map.out
run rmmod my_driver
ok "it unloads" [ "$code" -eq 0 ]
ok "its node is gone" [ ! -e /dev/my_driver ]
dmesg -c >/tmp/new-driver.dmesg
run insmod /root/my_driver.ko size=lots
ok "size=lots: insmod says so" has "$err" "Invalid parameters"
ok "size=lots: the log says why" has "$(dmesg)" "my_driver: size=lots refused: not a size"

# Each by a driver that nobody has used.
keeps_contract() {
	insmod /root/my_driver.ko && timeout 120 "$1"
	tests=$?
	rmmod my_driver && return $tests
}
for test in /new-driver/device/*; do
	run keeps_contract "$test"
	ok "it keeps its contract: ${test##*/}" [ "$code" -eq 0 ]
done
finish

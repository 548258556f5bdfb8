// SPDX-License-Identifier: BSD-2-Clause

// WATCH in Go, whose netpoller knows input and output only: a read that waits, with a
// deadline, and no thread for it. Prints what it was told.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"syscall"
	"time"
)

const watch = 0x5910 // MMAPDEMO_IOC_WATCH

func main() {
	node, err := os.OpenFile("/dev/mmapdemo", os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	fd, _, errno := syscall.Syscall(syscall.SYS_IOCTL, node.Fd(), watch, syscall.O_NONBLOCK)
	if errno != 0 {
		log.Fatal("WATCH: ", errno)
	}
	file := os.NewFile(fd, "watch")
	if err := file.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		log.Fatal(err)
	}
	count := make([]byte, 8)
	_, err = file.Read(count)
	fmt.Println("nothing comes before the deadline:", errors.Is(err, os.ErrDeadlineExceeded))
	file.SetReadDeadline(time.Now().Add(20 * time.Second))
	for i := 0; i < 3; i++ {
		waits := make(chan bool)
		go func() {
			<-waits
			node.Sync()
		}()
		close(waits)
		if _, err := file.Read(count); err != nil {
			log.Fatal(err)
		}
		fmt.Println("told of", binary.LittleEndian.Uint64(count))
	}
}

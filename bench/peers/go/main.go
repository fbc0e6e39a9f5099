// A TCP proxy of the ten-line kind: io.Copy both ways, which is splice(2) between two TCP connections on Linux, and a
// half-close at the end of each direction. Usage: proxy LISTEN SERVER LOGFILE
package main

import (
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	file, err := os.OpenFile(os.Args[3], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	access := log.New(file, "", log.LstdFlags|log.Lmicroseconds)
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go serve(client.(*net.TCPConn), os.Args[2], access)
	}
}

func serve(client *net.TCPConn, address string, access *log.Logger) {
	start := time.Now()
	defer client.Close()
	dialed, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		access.Printf("%s dial: %v", client.RemoteAddr(), err)
		return
	}
	server := dialed.(*net.TCPConn)
	defer server.Close()

	up := make(chan int64)
	go func() { up <- relay(server, client) }()
	down := relay(client, server)
	access.Printf("%s %s up=%d down=%d %s", client.RemoteAddr(), address, <-up, down, time.Since(start))
}

func relay(to, from *net.TCPConn) int64 {
	bytes, _ := io.Copy(to, from)
	to.CloseWrite()
	return bytes
}

/** Levels and options of setsockopt(2): socket(7), tcp(7), ipv6(7). */
export const SOL_SOCKET = 1
export const SO_ERROR = 4
export const SO_SNDBUF = 7
export const SO_KEEPALIVE = 9
export const SO_OOBINLINE = 10
export const SO_LINGER = 13
export const SO_PEERCRED = 17
export const SO_ATTACH_FILTER = 26
export const SO_PEERNAME = 28
export const SO_PROTOCOL = 38
export const IPPROTO_TCP = 6
export const TCP_NODELAY = 1
export const TCP_KEEPIDLE = 4
export const TCP_INFO = 11
export const IPPROTO_IPV6 = 41
export const IPV6_V6ONLY = 26

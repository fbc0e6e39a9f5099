/** The address of a peer without its port: `192.0.2.1`, `2001:db8::1`. What is no IP address stays as it is. */
export const addressOf = (remote: string): string => {
  const [, ipv6, ipv4] = /^(?:\[([^\]]*)\]|([\d.]+)):\d+$/.exec(remote) ?? []
  return ipv6 ?? ipv4 ?? remote
}

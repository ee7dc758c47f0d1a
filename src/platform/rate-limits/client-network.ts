/**
 * The network that a client address is counted as: an IPv4 address as itself, an IPv6 address as its /64. A
 * subscriber gets at least a /64 and can use any address in it (RFC 6177).
 */

import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network of an address, as the same text for all spellings; undefined when the text is no address. A
 * zone is removed, and so is a port, which some proxies append.
 */
export function networkOf(address: string): string | undefined {
  const bare = withoutPort(address).replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  const groups = groupsOf(bare)
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}

/**
 * The wider network around one of `networkOf`: the /24 of an IPv4 address, the /48 of an IPv6 address, which is what a
 * household or an office has at most (RFC 6177). A provider that gives a subscriber another address often stays in it.
 */
export function siteOf(network: string): string {
  if (isIPv4(network)) return network.replace(/\d+$/, '0/24')
  return network.endsWith('::/64') ? `${network.split(':').slice(0, 3).join(':')}::/48` : network
}

function withoutPort(address: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
}

/** The eight groups in hexadecimal without leading zeros, as in URLs (RFC 5952). */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ]
  return [...first, ...Array(8 - first.length - last.length).fill('0'), ...last]
}

/** A socket for both families shows an IPv4 address as `::ffff:192.0.2.1` (RFC 4291, 2.5.5.2). */
function mappedIPv4(groups: readonly string[]): string | undefined {
  const [high = '', low = ''] = groups.slice(6)
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined
  const bytes = [high, low].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
  return bytes.join('.')
}

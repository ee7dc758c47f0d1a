/**
 * Whom a client address counts as: an IPv4 address as itself, an IPv6 address as its /64, which is what
 * one subscriber gets and within which he may call himself as he likes (RFC 6177).
 */

import { isIPv4, isIPv6 } from 'node:net'

/**
 * The network of an address, as a text that is one for all its spellings; undefined when it is none.
 * A port, which some proxies leave on it, and a zone are taken off.
 */
export function networkOf(address: string): string | undefined {
  const bare = withoutPort(address).replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  const groups = groupsOf(bare)
  return mappedIPv4(groups) ?? `${groups.slice(0, 4).join(':')}::/64`
}

function withoutPort(address: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address
}

/** The eight groups, in hexadecimal without leading zeros, as URLs write them (RFC 5952). */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ]
  return [...first, ...Array(8 - first.length - last.length).fill('0'), ...last]
}

/** `::ffff:192.0.2.1` is how a socket for both families names an IPv4 address (RFC 4291, 2.5.5.2). */
function mappedIPv4(groups: readonly string[]): string | undefined {
  const [high = '', low = ''] = groups.slice(6)
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return undefined
  const bytes = [high, low].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
  return bytes.join('.')
}

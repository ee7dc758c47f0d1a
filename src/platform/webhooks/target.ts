/**
 * Targets: which addresses a webhook may go to.
 *
 * A name is resolved once for each connection, every address of it is checked, and the connection goes to one of those
 * that were checked. So a name that resolves to another address a moment later leads nowhere else. Only public unicast
 * addresses are permitted: not the machine itself, its networks, those of cloud metadata, nor IPv6 addresses that
 * contain an IPv4 address. For development, loopback addresses can be permitted, over HTTP, too.
 */

import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A webhook may not go to this target. The message is a sentence for operators. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

/** Parses the URL of an endpoint. Throws TargetError for one that no delivery could go to. */
export function parseTarget(text: string, allowLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['https:', 'http:'].includes(url.protocol)) {
    throw new TargetError(`"${text}" is no URL that begins with https://`)
  }
  if (url.username || url.password || url.hash) {
    throw new TargetError('the URL of a webhook has neither a login nor a fragment')
  }
  const host = hostOf(url)
  if (isIP(host)) requirePermitted(host, allowLoopback)
  if (url.protocol === 'http:' && !(allowLoopback && isLoopbackName(host))) {
    throw new TargetError('a webhook goes to https:// only')
  }
  return url
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || (isIP(host) > 0 && rangeOf(host) === 'loopback')
}

/** Throws TargetError for an address that is not public. */
export function requirePermitted(address: string, allowLoopback: boolean): void {
  const range = rangeOf(address)
  if (range === 'unicast' || (allowLoopback && range === 'loopback')) return
  throw new TargetError(`a webhook needs a public address, and ${address} is not public (${range})`)
}

/** The kind of an address. Of IPv6, only 2000::/3 is assigned to the public. */
function rangeOf(address: string): string {
  const parsed = ipaddr.process(address.replace(/%.*$/, ''))
  const range = parsed.range()
  if (parsed instanceof ipaddr.IPv4 || range !== 'unicast') return range
  return ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000 ? range : 'reserved'
}

/** Resolves names for a connection; fails with TargetError where an address of the name is not permitted. */
export function checkedLookup(allowLoopback: boolean): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '')
      try {
        for (const { address } of addresses) requirePermitted(address, allowLoopback)
      } catch (refusal) {
        return done(refusal as NodeJS.ErrnoException, '')
      }
      const [first] = addresses
      if (options.all) return done(null, addresses)
      return done(null, first?.address ?? '', first?.family)
    })
  }
}

/**
 * The formats of settings that become part of links, headers, connections and paths: each function returns the one
 * normalized form that the rest of the code uses, or undefined for a value that has none.
 *
 * They take text without surrounding space. Text with a space, a line end or another control character
 * inside is refused, because `URL` would silently remove or encode it.
 */

import { isIP, isIPv4, isIPv6 } from 'node:net'
import { resolve } from 'node:path'
import { domainToASCII } from 'node:url'

/** One e-mail address with an optional display name. */
export interface Mailbox {
  /** Empty without one. */
  readonly name: string
  /** In ASCII: the domain in A-labels (RFC 5890), in lower case. */
  readonly address: string
}

/** A token of a consumer of the feed. */
export interface FeedToken {
  readonly name: string
  readonly personal: boolean
  /** SHA-256 in hexadecimal. */
  readonly tokenHash: string
}

/** A domain in A-labels; empty when it is none. Node's function ignores what follows a `/`, `?` or `#`. */
function toAscii(domain: string): string {
  return /[\s\p{Cc}/\\?#@:%[\]<>^|]/u.test(domain) ? '' : domainToASCII(domain)
}

function parseUrl(text: string, protocols: readonly string[]): URL | undefined {
  if (/[\s\p{Cc}]/u.test(text) || !/^[a-z]+:\/\//i.test(text)) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && protocols.includes(url.protocol) && url.hostname !== '' ? url : undefined
}

/** A base URL for links, to which a path can be appended: without login, query, fragment and last slash. */
export function toBaseUrl(text: string): string | undefined {
  const url = parseUrl(text, ['http:', 'https:'])
  if (!url || url.username || url.password || /[?#]/.test(text) || url.port === '0')
    return undefined
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** An origin as browsers send it (RFC 6454, 6.2), or `*`. */
export function toOrigin(text: string): string | undefined {
  if (text === '*') return text
  const base = toBaseUrl(text)
  return base !== undefined && base === new URL(base).origin && !base.includes('*')
    ? base
    : undefined
}

/** The options of nodemailer that a URL may set, beside those of `tls`; all others are ours. */
const smtpOptions = /^(?:requireTLS|ignoreTLS|opportunisticTLS|authMethod|name|tls\.\w+)$/

/** The URL of an SMTP server: host in ASCII, a login whose percent-encoding can be decoded, no path. */
export function toSmtpUrl(text: string): string | undefined {
  const url = parseUrl(text, ['smtp:', 'smtps:'])
  if (!url || url.hash || text.endsWith('#') || !['', '/'].includes(url.pathname)) return undefined
  if (url.port === '0' || ![...url.searchParams.keys()].every((key) => smtpOptions.test(key)))
    return undefined
  const decoded = [url.hostname, url.username, url.password].map(decode)
  const host = isIPv6(url.hostname.slice(1, -1)) ? url.hostname : toAscii(decoded[0] ?? '')
  if (host === '' || decoded.includes(undefined)) return undefined
  url.hostname = host
  return url.href
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `name@domain`, `Name <name@domain>` or `"Name" <name@domain>`. */
const mailbox = /^(?:(?:"((?:[^"\\]|\\.)*)"|([^<>@,;:"\\]*?)) *<([^<>\s]+)>|([^<>\s]+))$/
/** RFC 5322, 3.2.3, in ASCII: to write to another one, each mail server on the way must support SMTPUTF8. */
const localPart = /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const label = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

export function toMailbox(text: string): Mailbox | undefined {
  const [match, quoted, plain, inBrackets, bare] = mailbox.exec(text) ?? []
  if (match === undefined || /\p{Cc}/u.test(text)) return undefined
  const [local = '', domain = '', ...more] = (inBrackets ?? bare ?? '').split('@')
  const ascii = toAscii(domain)
  const address = `${local}@${ascii}`
  if (more.length > 0 || !localPart.test(local) || address.length > 254) return undefined
  if (isIP(ascii) || !ascii.split('.').every((part) => label.test(part))) return undefined
  return { name: quoted?.replace(/\\(.)/g, '$1') ?? plain?.trim() ?? '', address }
}

/** A host name or an IP address to listen on; an IPv6 address may have brackets, as in a URL. */
export function toHost(text: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (isIPv6(bare)) return bare
  if (bare !== text) return undefined
  const ascii = toAscii(text)
  return /^[\w.-]+$/.test(ascii) ? ascii : undefined
}

/** `host:port` as in a URL: an IPv6 address in brackets, without its zone, which no URL can have. */
export function authority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host.replace(/%.*$/, '')}]` : host}:${port}`
}

/** The base URL, on this machine, of a server that listens on `host`, which can mean all addresses. */
export function localUrl(host: string, port: number): string {
  const loopback = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host]
  return `http://${authority(loopback ?? host, port)}`
}

/** An address, a network, or a named group of networks; never every address, which could then be forged. */
export function toNetwork(text: string): string | undefined {
  const named = text.toLowerCase()
  if (['loopback', 'linklocal', 'uniquelocal'].includes(named)) return named
  const [given = '', bits, ...more] = text.split('/')
  const bare = /^\[(.*)\]$/.exec(given)?.[1] ?? given
  if (isIP(bare) === 0 || bare.includes('%') || more.length > 0) return undefined
  const { address, offset } = withoutMapping(bare)
  if (bits === undefined) return address
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) - offset : 0
  if (length < 1 || length > (isIP(address) === 4 ? 32 : 128)) return undefined
  return `${address}/${length}`
}

/** An IPv4 address in IPv6 (`::ffff:10.0.0.7`) as itself, and how many bits of the prefix it loses. */
function withoutMapping(address: string): { address: string; offset: number } {
  if (isIP(address) === 4) return { address, offset: 0 }
  const ipv6 = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(ipv6) ?? []
  if (high === undefined || low === undefined) return { address: ipv6, offset: 0 }
  const bits = [high, low].map((group) => Number.parseInt(group, 16))
  const bytes = bits.flatMap((group) => [group >> 8, group & 255])
  return { address: bytes.join('.'), offset: 96 }
}

/** `name:<SHA-256>`, or `name:personal:<SHA-256>` for a consumer that gets personal data. */
export function toFeedToken(text: string): FeedToken | undefined {
  const [, name, personal, tokenHash] =
    /^([a-z0-9][a-z0-9._-]{0,63}):(?:(personal):)?([0-9a-f]{64})$/i.exec(text) ?? []
  if (name === undefined || tokenHash === undefined) return undefined
  return { name, personal: personal !== undefined, tokenHash: tokenHash.toLowerCase() }
}

/** Whether a host, in the form of `toHost`, is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** An absolute path. A relative one starts at the checkout, wherever the process runs. Only shells replace `~`. */
export function toPath(text: string): string | undefined {
  return /^[^~\p{Cc}][^\p{Cc}]*$/u.test(text) ? resolve(import.meta.dirname, '..', text) : undefined
}

/** Items separated by commas, each normalized; undefined when one is invalid. */
export function listOf<Item>(normalize: (text: string) => Item | undefined) {
  return (text: string): readonly Item[] | undefined => {
    const given = text.split(',').map((item) => item.trim())
    const items = given.filter((item) => item !== '').map(normalize)
    return items.every((item) => item !== undefined) ? [...new Set(items)] : undefined
  }
}

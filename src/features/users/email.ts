/**
 * E-mail addresses that can be registered: a dot-atom and a domain name of at least two labels (RFC 5321,
 * 4.1.2). The local part is ASCII, because mail servers without SMTPUTF8 accept no other and the database
 * folds case for ASCII only. Quoted local parts and address literals are rejected.
 *
 * An internationalized domain is stored in the form that DNS and every mail server understand (A-labels,
 * RFC 5890), so that each domain has one stored form and addresses stay unique. It is shown in Unicode.
 */

import { domainToASCII, domainToUnicode } from 'node:url'
import type { Fault } from '../../platform/http/problems/field-faults.ts'

const LOCAL = /(?=.{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*/
const LABEL = /[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?/
const TOP = /(?=[a-zA-Z0-9-]*[a-zA-Z])[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])/

/** RFC 5321, 4.5.3.1.3: a path has 256 octets, two of which are its angle brackets. */
export const MAX_EMAIL_LENGTH = 254

const EMAIL = new RegExp(`^${LOCAL.source}@(?:${LABEL.source}\\.)+${TOP.source}$`)

/** `domainToASCII` parses a URL's host: it would cut off, decode or misread these characters. */
const NO_DOMAIN = /[\s/\\?#%:@[\]]/

/** The stored form of an address. A string that is no address is returned as it is. */
export function toStoredEmail(given: string): string {
  const { local, domain } = split(given)
  if (isAscii(domain) || NO_DOMAIN.test(domain)) return given
  const ascii = domainToASCII(domain)
  return ascii === '' ? given : `${local}@${ascii}`
}

/** The form in which users see a stored address: with the domain in Unicode. */
export function toShownEmail(stored: string): string {
  const { local, domain } = split(stored)
  if (!/(?:^|\.)xn--/i.test(domain)) return stored
  return `${local}@${domainToUnicode(domain) || domain}`
}

/** Why a stored address cannot be registered; undefined if it can. */
export function emailFault(email: string): Fault | undefined {
  if (EMAIL.test(email) && email.length <= MAX_EMAIL_LENGTH) return undefined
  const { local, domain } = split(email)
  if (local === '' || domain === '')
    return invalid('expected an e-mail address, such as ada@example.org')
  if (local.startsWith('"')) {
    const message =
      'addresses with quotation marks before the @ are not supported; use another address'
    return invalid(message, 'quoted_local_part')
  }
  if (!isAscii(local)) {
    const message =
      'addresses with other than ASCII characters before the @ are not supported; use another address'
    return invalid(message, 'not_ascii')
  }
  if (domain.startsWith('[')) {
    return invalid('expected a domain name after the @, not an IP address', 'ip_address')
  }
  if (email.length > MAX_EMAIL_LENGTH) {
    const message = `expected at most ${MAX_EMAIL_LENGTH} characters, with the domain in its ASCII form`
    return { code: 'too_long', params: { max: MAX_EMAIL_LENGTH }, message }
  }
  return invalid('expected an e-mail address')
}

function invalid(message: string, reason?: string): Fault {
  return { code: 'invalid_email', ...(reason && { params: { reason } }), message }
}

function split(email: string): { readonly local: string; readonly domain: string } {
  const at = email.lastIndexOf('@')
  return { local: email.slice(0, Math.max(0, at)), domain: email.slice(at + 1) }
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

/**
 * E-mail addresses that can be registered: a dot-atom and a domain name of at least two labels (RFC 5321,
 * 4.1.2), in ASCII. Quoted local parts, address literals and internationalized addresses are rejected,
 * because the database folds case for ASCII only.
 */

const LOCAL = /(?=.{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*/
const LABEL = /[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?/
const TOP = /(?=[a-zA-Z0-9-]*[a-zA-Z])[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])/

/** RFC 5321, 4.5.3.1.3: a path has 256 octets, two of which are its angle brackets. */
export const MAX_EMAIL_LENGTH = 254

export const EMAIL = new RegExp(`^${LOCAL.source}@(?:${LABEL.source}\\.)+${TOP.source}$`)

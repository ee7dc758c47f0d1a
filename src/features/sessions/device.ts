/**
 * The device of a login, coarse enough to stay the same for months: the families of the browser and the operating
 * system, without versions, and the /24 or /48 network around the client. A program that is no known browser counts by
 * its name, the part of its `User-Agent` before a slash or a space.
 *
 * It is stored as a keyed hash that includes the user. So neither the log nor the table of devices shows from where
 * users log in, or that two of them share a network.
 */

import { siteOf } from '../../platform/rate-limits/client-network.ts'
import type { Counts } from '../../platform/rate-limits/counts.ts'
import { familiesOf } from '../../platform/user-agent.ts'

export interface LoginOrigin {
  readonly userAgent?: string | undefined
  /** The client's network, from `networkOf`. */
  readonly client: string
}

/** The pseudonym of the device with which a user logs in. */
export function hashDevice(
  hash: Counts['hash'],
  userId: string,
  { userAgent = '', client }: LoginOrigin,
): Promise<string> {
  const { browser, system } = familiesOf(userAgent)
  const program = browser ?? userAgent.split(/[/ ]/, 1)[0]
  return hash(`device ${JSON.stringify([userId, program, system ?? '', siteOf(client)])}`)
}

/**
 * The browser and the operating system in a `User-Agent`, without their versions, so that an update changes neither.
 * Only names from the library's own lists: what else a client sends is in no mail.
 */

import Bowser from 'bowser'

export interface Families {
  readonly browser?: string
  readonly system?: string
}

const browsers = new Set(Object.values(Bowser.BROWSER_MAP))
const systems = new Set(Object.values(Bowser.OS_MAP))

/** The families that are known. */
export function familiesOf(userAgent: string | null | undefined): Families {
  if (!userAgent) return {}
  const parser = Bowser.getParser(userAgent)
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()]
  return {
    ...(browsers.has(browser) && { browser }),
    ...(systems.has(system) && { system }),
  }
}

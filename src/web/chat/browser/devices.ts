/** The browser and the system that a `User-Agent` names. Pure. */

/** The most telling name first: each browser also names those that it is compatible with, and each system its kin. */
const browsers = { Edg: 'Edge', Firefox: 'Firefox', Chrome: 'Chrome', Safari: 'Safari' }
const systems = {
  Android: 'Android',
  iPhone: 'iPhone',
  iPad: 'iPad',
  Windows: 'Windows',
  'Mac OS': 'macOS',
  Linux: 'Linux',
}

/** What the list of sessions calls a device without a label. */
export function deviceOf(userAgent: string | null): string {
  const browser = nameIn(userAgent, browsers)
  const system = nameIn(userAgent, systems)
  if (browser && system) return `${browser} on ${system}`
  return browser ?? userAgent ?? 'Unknown device'
}

function nameIn(
  userAgent: string | null,
  names: Readonly<Record<string, string>>,
): string | undefined {
  return Object.entries(names).find(([part]) => userAgent?.includes(part))?.[1]
}

/** The screens by their addresses: what follows the `#`. Pure. */

import type { Route } from './state.ts'

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const names = ['login', 'register', 'forgot', 'new', 'search', 'settings'] as const

/**
 * The screen of an address; `home` for any other one. Ids become keys of the state, so each has the form in which
 * the server sends it.
 */
export function toRoute(hash: string): Route {
  const [, name, other = ''] = hash.split('/')
  const id = other.toLowerCase()
  if (name === 'with' && uuid.test(id)) return { name: 'conversation', id }
  return { name: names.find((one) => one === name) ?? 'home' }
}

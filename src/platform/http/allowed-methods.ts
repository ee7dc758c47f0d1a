/**
 * Which methods an address knows, for `405` and its `Allow`: what the router itself cannot tell.
 *
 * It listens to the routes as they are added. Where several patterns fit an address, the one with
 * the first literal segment counts, as in the router: `/users/me` is not `/users/:id`.
 */

import type { App } from './app.ts'

/** The methods of the address with this path, sorted; undefined when there is no such address. */
export type AllowedMethods = (path: string) => readonly string[] | undefined

type Pattern = readonly string[]

/** Call it before the first route is added. */
export function collectMethods(app: App): AllowedMethods {
  const routes = new Map<string, { pattern: Pattern; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*') return
    const route = routes.get(url) ?? { pattern: url.split('/'), methods: new Set() }
    for (const name of [method].flat()) route.methods.add(name)
    routes.set(url, route)
  })
  return (path) => {
    const segments = path.split('/')
    const fitting = [...routes.values()].filter(({ pattern }) => fits(pattern, segments))
    const [nearest] = fitting.sort((a, b) => literalFirst(a.pattern, b.pattern))
    return nearest && [...nearest.methods].sort()
  }
}

function fits(pattern: Pattern, segments: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return false
  return pattern.every((part, index) => {
    const segment = segments[index]
    return part === '*' || (part.startsWith(':') ? segment !== '' : part === segment)
  })
}

/** Compares segment by segment: literal before parameter before wildcard. */
function literalFirst(a: Pattern, b: Pattern): number {
  const difference = a.map((part, index) => rank(part) - rank(b[index])).find((rank) => rank !== 0)
  return difference ?? 0
}

function rank(part = ''): number {
  if (part === '*') return 2
  return part.startsWith(':') ? 1 : 0
}

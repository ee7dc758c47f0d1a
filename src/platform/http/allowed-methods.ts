/**
 * Lists the methods of a path, for `405` and its `Allow` header. The router has no look-up for this
 * that also covers methods without any route, such as QUERY.
 *
 * The list is collected while routes are added. When several patterns match a path, the one with the
 * first literal segment wins, as in the router: `/users/me` does not match `/users/:id`.
 */

import type { App } from './app.ts'

/**
 * The methods of this path, sorted; undefined when no route has this path. Every path supports OPTIONS. The
 * path `*` is the server as a whole (RFC 9110, 9.3.7).
 */
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
    if (path === '*') return sorted([...routes.values()].flatMap(({ methods }) => [...methods]))
    const segments = path.split('/')
    const matching = [...routes.values()].filter(({ pattern }) => matches(pattern, segments))
    const [closest] = matching.sort((a, b) => literalFirst(a.pattern, b.pattern))
    return closest && sorted(closest.methods)
  }
}

function sorted(methods: Iterable<string>): readonly string[] {
  return [...new Set([...methods, 'OPTIONS'])].sort()
}

function matches(pattern: Pattern, segments: readonly string[]): boolean {
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

/** The views by their addresses: the path below `/console`, and its query. Pure. */

/** The views of the navigation, in its order, and their titles. */
export const views = {
  now: 'Now',
  matrix: 'Matrix',
  tables: 'Tables',
  upgrade: 'Upgrade',
  log: 'Log',
  stream: 'Stream',
  time: 'Time',
  work: 'Work',
  people: 'People',
  reports: 'Reports',
  audit: 'Audit',
  statistics: 'Statistics',
} as const

export type View = keyof typeof views

export type Route =
  | { readonly view: 'now' | 'upgrade' | 'work' | 'statistics' | 'unknown' }
  | { readonly view: 'matrix'; readonly table?: string; readonly type?: string }
  /** One table, or all; and a job about them. */
  | { readonly view: 'tables'; readonly name?: string; readonly job?: string }
  | { readonly view: 'log'; readonly type?: string; readonly stream?: string }
  | { readonly view: 'event'; readonly key: string }
  | { readonly view: 'people'; readonly search?: string }
  | { readonly view: 'person' | 'report'; readonly id: string }
  /** `before` is the cursor of a page. */
  | { readonly view: 'reports'; readonly status?: string; readonly before?: string }
  | { readonly view: 'audit'; readonly before?: string }
  /** `step` is the version of an event in its stream. */
  | { readonly view: 'stream'; readonly id?: string; readonly step?: number }
  | TimeRoute

/** A read table as of `at`, a position or a time, beside now. `before` is the cursor of a page. */
export interface TimeRoute {
  readonly view: 'time'
  readonly table?: string
  readonly at?: string
  readonly rows?: 'differing'
  readonly before?: string
}

type Reader = (parts: readonly [string, string, string], query: URLSearchParams) => Route

/** Reads the rest of an address, by the first part of its path. */
const readers: Readonly<Record<string, Reader>> = {
  now: () => ({ view: 'now' }),
  upgrade: () => ({ view: 'upgrade' }),
  work: () => ({ view: 'work' }),
  statistics: () => ({ view: 'statistics' }),
  matrix: ([table, type]) => ({ view: 'matrix', ...(table && type && { table, type }) }),
  tables: ([one, other, last]) => {
    if (one === 'jobs') return { view: 'tables', ...(other && { job: other }) }
    const job = other === 'jobs' && last
    return { view: 'tables', ...(one && { name: one }), ...(job && { job }) }
  },
  log: ([key], query) =>
    key ? { view: 'event', key } : { view: 'log', ...given(query, 'type', 'stream') },
  stream: ([id, other]) => {
    const step = /^[1-9]\d{0,8}$/.test(other) ? Number(other) : undefined
    return { view: 'stream', ...(id && { id }), ...(id && step && { step }) }
  },
  time: ([table], query) => {
    const isDiffering = query.get('rows') === 'differing'
    return {
      view: 'time',
      ...(table && { table }),
      ...given(query, 'at', 'before'),
      ...(isDiffering && { rows: 'differing' as const }),
    }
  },
  people: ([id], query) =>
    id ? { view: 'person', id } : { view: 'people', ...given(query, 'search') },
  reports: ([id], query) =>
    id ? { view: 'report', id } : { view: 'reports', ...given(query, 'status', 'before') },
  audit: (_, query) => ({ view: 'audit', ...given(query, 'before') }),
}

/** The parameters of these names that a query has. */
function given<Name extends string>(
  query: URLSearchParams,
  ...names: readonly Name[]
): { readonly [name in Name]?: string } {
  const values = names.map((name) => [name, query.get(name)] as const)
  return Object.fromEntries(values.filter(([, value]) => value)) as { [name in Name]?: string }
}

/** The view of an address. `path` begins after `/console`. */
export function toRoute(path: string, search = ''): Route {
  const [name = 'now', one = '', other = '', last = ''] = path
    .split('/')
    .filter(Boolean)
    .map(decode)
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined
  return read?.([one, other, last], new URLSearchParams(search)) ?? { view: 'unknown' }
}
/** The address of a view, as `toRoute` reads it. */
export function toPath(route: Route): string {
  switch (route.view) {
    case 'matrix': {
      const { table, type } = route
      return table && type ? `/matrix/${encode(table)}/${encode(type)}` : '/matrix'
    }
    case 'tables': {
      const { name, job } = route
      return ['/tables', name && encode(name), job && `jobs/${encode(job)}`]
        .filter(Boolean)
        .join('/')
    }
    case 'person':
      return `/people/${encode(route.id)}`
    case 'report':
      return `/reports/${encode(route.id)}`
    case 'stream':
      return ['/stream', route.id && encode(route.id), route.id && route.step]
        .filter(Boolean)
        .join('/')
    case 'time': {
      const { table, ...rest } = route
      return withQuery({ ...rest, view: table ? `time/${encode(table)}` : 'time' })
    }
    case 'event':
      return `/log/${encode(route.key)}`
    case 'unknown':
      return '/'
    default:
      return withQuery(route)
  }
}

const encode = encodeURIComponent

/** A view whose other members are the parameters of its query. */
function withQuery({ view, ...parameters }: { readonly view: string }): string {
  const query = new URLSearchParams(parameters as Record<string, string>)
  return query.size > 0 ? `/${view}?${query}` : `/${view}`
}

/** As it is, where a `%` begins no character. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

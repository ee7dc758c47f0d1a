/** The views by their addresses: the path below `/console`, and its query. Pure. */

/** The views of the navigation, in its order, and their titles. */
export const views = {
  now: 'Now',
  matrix: 'Matrix',
  tables: 'Tables',
  upgrade: 'Upgrade',
  log: 'Log',
  stream: 'Stream',
  work: 'Work',
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
  /** `step` is the version of an event in its stream. */
  | { readonly view: 'stream'; readonly id?: string; readonly step?: number }

/** The view of an address. `path` begins after `/console`. */
export function toRoute(path: string, search = ''): Route {
  const [name = '', one = '', other = '', last = ''] = path.split('/').filter(Boolean).map(decode)
  const query = new URLSearchParams(search)
  switch (name) {
    case '':
    case 'now':
      return { view: 'now' }
    case 'upgrade':
    case 'work':
    case 'statistics':
      return { view: name }
    case 'matrix':
      return { view: 'matrix', ...(one && other && { table: one, type: other }) }
    case 'tables': {
      if (one === 'jobs') return { view: 'tables', ...(other && { job: other }) }
      const job = other === 'jobs' && last
      return { view: 'tables', ...(one && { name: one }), ...(job && { job }) }
    }
    case 'log': {
      if (one) return { view: 'event', key: one }
      const [type, stream] = [query.get('type'), query.get('stream')]
      return { view: 'log', ...(type && { type }), ...(stream && { stream }) }
    }
    case 'stream': {
      const step = /^[1-9]\d{0,8}$/.test(other) ? Number(other) : undefined
      return { view: 'stream', ...(one && { id: one }), ...(one && step && { step }) }
    }
    default:
      return { view: 'unknown' }
  }
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
    case 'log': {
      const { type, stream } = route
      const query = new URLSearchParams({ ...(type && { type }), ...(stream && { stream }) })
      return query.size > 0 ? `/log?${query}` : '/log'
    }
    case 'stream':
      return ['/stream', route.id && encode(route.id), route.id && route.step]
        .filter(Boolean)
        .join('/')
    case 'event':
      return `/log/${encode(route.key)}`
    case 'unknown':
      return '/'
    default:
      return `/${route.view}`
  }
}

const encode = encodeURIComponent

/** As it is, where a `%` begins no character. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

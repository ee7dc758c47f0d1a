/**
 * What the view *Time* reads: when the chosen position was recorded, and the comparison of a table with now.
 *
 * A comparison replays the log, so it is read once for each address. A failed one is tried again only when the operator
 * asks for it.
 */

import { type Api, dataOf, operator, TokenNeeded } from './api.ts'
import { type TimeRoute, toPath } from './route.ts'
import type { Compared, Schemas, SetState, State, Store } from './state.ts'

/** The name of a comparison: its address, and whether it shows personal data. */
export function nameOf(route: TimeRoute, { shown }: Pick<State, 'shown'>): string {
  const path = toPath(route)
  return shown === path ? `${path} shown` : path
}

/** Throws as `dataOf` does where the status or the log cannot be read. */
export async function readTime(
  store: Store,
  api: Api,
  signal: AbortSignal,
  set: SetState,
): Promise<void> {
  const { route, compared } = store.get()
  if (route.view !== 'time' || !route.table || !route.at) return
  const of = nameOf(route, store.get())
  if (compared?.of === of) return
  if (isPosition(route.at)) set({ moment: await readMoment(api, route.at, signal) })
  set({ compared: await compare(store, api, signal, of) })
}

export function isPosition(at: string): boolean {
  return /^\d{1,18}$/.test(at)
}

/** Faster than a comparison, so that the time is there while the log is replayed. */
async function readMoment(api: Api, position: string, signal: AbortSignal) {
  const query = { before: `${BigInt(position) + 1n}`, limit: 1 }
  const { items } = await dataOf(api.GET('/events', { params: { query }, signal }))
  return { position, recordedAt: items[0]?.recordedAt ?? null }
}

async function compare(store: Store, api: Api, signal: AbortSignal, of: string): Promise<Compared> {
  const { route, shown } = store.get()
  if (route.view !== 'time') return { of }
  const { table: name = '', at = '', rows, before } = route
  const isShown = shown === toPath(route)
  const actor = encodeURIComponent(operator.name())
  const params = {
    path: { name },
    query: {
      ...{ at, limit: 25 },
      ...(rows && { rows }),
      ...(before && { before }),
      ...(isShown && { personal: 'shown' as const }),
    },
    ...(isShown && { header: { 'Epistle-Actor': actor } }),
  }
  try {
    const reading = api.GET('/tables/{name}/comparison', { params, signal })
    return { of, found: await dataOf<Schemas['Comparison']>(reading) }
  } catch (error) {
    if (signal.aborted || error instanceof TokenNeeded) throw error
    return { of, failure: error instanceof Error ? error.message : String(error) }
  }
}

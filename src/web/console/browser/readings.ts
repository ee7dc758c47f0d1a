/** What each view reads. Each function puts its result into the state, unless its signal was aborted meanwhile. */

import { type Api, dataOf, operator, unlessRestored } from './api.ts'
import { readPeople } from './people-readings.ts'
import { toPath } from './route.ts'
import type { Log, Schemas, SetState, State, Store } from './state.ts'
import { readTables } from './table-readings.ts'
import { readTime } from './time.ts'

/** How many readings of the status are kept: at 2 s, the rate is that of the last 10 s. */
const keptStatuses = 6
/** How many events the list has at most, so that a log that is followed for hours does not fill the tab. */
const maxItems = 500

/** Reads the current view. Throws as `dataOf` does. */
export async function read(store: Store, api: Api, signal: AbortSignal): Promise<void> {
  const set = (values: Partial<State>) => {
    if (!signal.aborted) store.set(values)
  }
  switch (store.get().route.view) {
    case 'now':
    case 'upgrade':
      return set(await readStatus(store, api, signal))
    case 'tables':
      return readTables(store, api, signal)
    case 'matrix':
      return readMatrix(store, api, signal, set)
    case 'log':
      return readLog(store, api, signal, set)
    case 'stream':
      return readStream(store, api, signal, set)
    case 'time':
      set(await readStatus(store, api, signal))
      return readTime(store, api, signal, set)
    case 'work':
      return readTasks(api, signal, set)
    case 'statistics':
      return readStatistics(store, api, signal, set)
    case 'event':
      return readEvent(store, api, signal, set)
    default:
      return readPeople(store, api, signal, set)
  }
}

/** How many failed tasks are read, because each has a section of its own. */
const maxTasks = 50

async function readTasks(api: Api, signal: AbortSignal, set: SetState): Promise<void> {
  const params = { query: { limit: maxTasks } }
  set({ tasks: await dataOf(api.GET('/tasks', { params, signal })) })
}

async function readStatus(store: Store, api: Api, signal: AbortSignal) {
  const status = await dataOf(api.GET('/status', { signal }))
  return { statuses: [...store.get().statuses, status].slice(-keptStatuses) }
}

/** The matrix changes only with the releases and the states of the tables, so it is read again only after these. */
async function readMatrix(
  store: Store,
  api: Api,
  signal: AbortSignal,
  set: SetState,
): Promise<void> {
  const { statuses } = await readStatus(store, api, signal)
  set({ statuses })
  const of = describeTables(statuses.at(-1))
  const { matrix, matrixOf } = store.get()
  if (matrix && of === matrixOf) return
  const { items } = await dataOf(api.GET('/matrix', { signal }))
  set({ matrix: items, matrixOf: of })
}

function describeTables(status: Schemas['Status'] | undefined): string {
  const tables = status?.tables.map(({ name, state }) => `${name} ${state}`)
  return JSON.stringify([tables, status?.releases.length])
}

async function readLog(store: Store, api: Api, signal: AbortSignal, set: SetState): Promise<void> {
  if (store.get().eventTypes.length === 0) {
    const { eventTables } = await dataOf(api.GET('/tables', { signal }))
    set({ eventTypes: eventTables.map(({ name }) => name) })
  }
  const { log } = store.get()
  const { query, of } = filterOf(store.get())
  const last = log?.of === of ? log.items[0] : undefined
  if (log && last) return set({ log: await readNewer(api, signal, query, log, last.position) })
  const { items, nextCursor } = await dataOf(api.GET('/events', { params: { query }, signal }))
  set({ log: { of, items, before: nextCursor } })
}

/**
 * Adds the events after the last one. After a long pause, and after a restore of the database to an earlier time, the
 * list begins again with the newest page.
 */
async function readNewer(
  api: Api,
  signal: AbortSignal,
  query: Filter,
  log: Log,
  after: string,
): Promise<Log> {
  const params = { query: { ...query, after, limit: 100 } }
  const newer = await unlessRestored(dataOf(api.GET('/events', { params, signal })))
  if (newer && newer.nextCursor === undefined) {
    const all = [...newer.items.toReversed(), ...log.items]
    const kept = all.slice(0, Math.max(maxItems, log.items.length))
    return { ...log, items: kept, before: cursorOf(kept, all, log) }
  }
  const newest = await dataOf(api.GET('/events', { params: { query }, signal }))
  return { of: log.of, items: newest.items, before: newest.nextCursor }
}

function cursorOf(kept: Log['items'], all: Log['items'], { before }: Log): string | undefined {
  return kept.length < all.length ? kept.at(-1)?.position : before
}

/** Adds the page before the first event of the list. Throws as `dataOf` does. */
export async function readOlder(store: Store, api: Api): Promise<void> {
  const { query, of } = filterOf(store.get())
  const before = store.get().log?.before
  if (before === undefined) return
  const params = { query: { ...query, before } }
  const { items, nextCursor } = await dataOf(api.GET('/events', { params }))
  const { log } = store.get()
  // The filter can have changed meanwhile, or another press of the button has added this page.
  if (log?.of !== of || log.before !== before) return
  store.set({ log: { of, items: [...log.items, ...items], before: nextCursor } })
}

interface Filter {
  readonly types?: string
  readonly stream?: string
}

function filterOf({ route }: State): { query: Filter; of: string } {
  const { type, stream } = route.view === 'log' ? route : {}
  return {
    query: { ...(type && { types: type }), ...(stream && { stream }) },
    of: toPath({ view: 'log', ...(type && { type }), ...(stream && { stream }) }),
  }
}

/**
 * Each reading adds the next page, and so the events that are recorded meanwhile. After a restore of the database, the
 * stream begins again.
 */
async function readStream(
  store: Store,
  api: Api,
  signal: AbortSignal,
  set: SetState,
): Promise<void> {
  const { route, stream, shown } = store.get()
  if (route.view !== 'stream' || route.id === undefined) return
  if (stream && shown === route.id) await showStream(api, signal, set, stream)
  let items = store.get().stream?.items ?? []
  for (;;) {
    const page = await unlessRestored(readSteps(api, signal, route.id, items))
    items = page ? [...items, ...page.items] : []
    if (!page) continue
    set({ stream: { ...page, items } })
    // A link can lead to a step that is on a later page.
    if (page.nextCursor === undefined || items.length >= (route.step ?? 1)) return
  }
}

type Steps = Schemas['Stream']['items']

/** The page after some steps. */
function readSteps(api: Api, signal: AbortSignal, id: string, before: Steps, inName?: ShownTo) {
  const after = before.at(-1)?.event.position
  const query = { limit: 100, ...(after && { after }), ...inName?.query }
  const params = { path: { id }, query, ...(inName && { header: inName.header }) }
  return dataOf(api.GET('/streams/{id}', { params, signal }))
}

/**
 * Reads the steps that are there again, with the personal data. Once, because each request for them is recorded: events
 * that are recorded later stay masked until the operator asks again.
 */
async function showStream(api: Api, signal: AbortSignal, set: SetState, stream: Schemas['Stream']) {
  let items: Steps = []
  for (;;) {
    const page = await readSteps(api, signal, stream.id, items, shownTo())
    items = [...items, ...page.items]
    if (page.nextCursor !== undefined && items.length < stream.items.length) continue
    return set({ stream: { ...page, items }, shown: undefined })
  }
}

/** Read once for each time that the view opens: these are days. */
async function readStatistics(store: Store, api: Api, signal: AbortSignal, set: SetState) {
  if (store.get().statistics) return
  const dayAt = (time: number) => new Date(time).toISOString().slice(0, 10)
  const now = Date.now()
  const query = { from: dayAt(now - 29 * 86_400_000), to: dayAt(now) }
  const { items } = await dataOf(api.GET('/statistics', { params: { query }, signal }))
  set({ statistics: items })
}

/** Personal data are read once, because each request for them is recorded. The rest of an event does not change. */
async function readEvent(
  store: Store,
  api: Api,
  signal: AbortSignal,
  set: SetState,
): Promise<void> {
  const { route, shown, details, detailsOf } = store.get()
  if (route.view !== 'event') return
  const { key } = route
  const isShown = shown === key
  const of = `${key} ${isShown}`
  if (details && detailsOf === of) return
  const path = { id: key }
  const params = { path, ...(isShown && shownTo()) }
  set({ details: await dataOf(api.GET('/events/{id}', { params, signal })), detailsOf: of })
}

/** The parameters of a request for personal data in the name of the operator. */
function shownTo() {
  const header = { 'Epistle-Actor': encodeURIComponent(operator.name()) }
  return { query: { personal: 'shown' }, header } as const
}

type ShownTo = ReturnType<typeof shownTo>

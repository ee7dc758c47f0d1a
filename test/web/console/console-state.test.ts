// The console without a browser: its addresses, the rate of events, what needs an operator, and the matrix as a grid.
import t from 'tap'
import type { Api } from '../../../src/web/console/browser/api.ts'
import {
  type Cell,
  chainOf,
  isFilled,
  neighbour,
  toGrid,
} from '../../../src/web/console/browser/grid.ts'
import {
  batchSizeText,
  builtPart,
  concernsOf,
  durationText,
  eventsPerSecond,
} from '../../../src/web/console/browser/rate.ts'
import { read } from '../../../src/web/console/browser/readings.ts'
import { type Route, toPath, toRoute } from '../../../src/web/console/browser/route.ts'
import { createStore, type Schemas } from '../../../src/web/console/browser/state.ts'

const routes: Route[] = [
  { view: 'now' },
  { view: 'upgrade' },
  { view: 'matrix' },
  { view: 'matrix', table: 'users_2', type: 'user_registered_0' },
  { view: 'tables' },
  { view: 'tables', name: 'users_2' },
  { view: 'tables', name: 'users_2', job: '7' },
  { view: 'tables', job: '7' },
  { view: 'log' },
  { view: 'log', type: 'message_sent_3', stream: 'an id' },
  { view: 'event', key: '42' },
  { view: 'statistics' },
  { view: 'work' },
  { view: 'people' },
  { view: 'people', search: 'ada@example.org' },
  { view: 'person', id: 'an id' },
  { view: 'reports' },
  { view: 'reports', status: 'settled', before: 'an id' },
  { view: 'report', id: 'an id' },
  { view: 'audit' },
  { view: 'audit', before: '42' },
  { view: 'stream' },
  { view: 'stream', id: 'an id' },
  { view: 'stream', id: 'an id', step: 3 },
  { view: 'time' },
  { view: 'time', table: 'users_2' },
  {
    view: 'time',
    table: 'users_2',
    at: '2026-11-29T12:00:00+01:00',
    rows: 'differing',
    before: 'x=',
  },
]

t.test('Every view of the console has an address that leads back to it', async (t) => {
  for (const route of routes) {
    const [path = '', search] = toPath(route).split('?')
    t.strictSame(toRoute(path, search), route)
  }
})

t.test('An address without a view is unknown, and a damaged one does not throw', async (t) => {
  t.strictSame(toRoute('/nope'), { view: 'unknown' })
  t.strictSame(toRoute('/log/%zz'), { view: 'event', key: '%zz' })
  t.strictSame(toRoute('/'), { view: 'now' })
})

const table: Schemas['ReadTable'] = {
  ...{ name: 'users_2', release: 2, state: 'live', position: '10', liveAt: null },
  ...{ isMissing: false, estimatedRows: null, viewOf: [], verified: null, readBy: [] },
}

const status = (changes: Partial<Schemas['Status']> = {}): Schemas['Status'] => ({
  ...{ version: '1.0.0', position: '10', lastEventAt: null, now: '2026-11-29T12:00:00Z' },
  ...{ releases: [], readers: [], tables: [], tasks: [], webhooks: [] },
  ready: null,
  ...{ deviations: null, appendWaitSeconds: 0, isInstalling: false },
  process: {
    name: 'epistle serve',
    appends: { seconds: 60, calls: 0, batchSize: null, p99Seconds: null },
  },
  upgrade: {
    ...{ codeRelease: 1, databaseRelease: 1, step: 'none' as const },
    ...{ tables: [], obstacles: [], demotable: [] },
  },
  ...changes,
})

t.test('The rate of events is that between the first and the last reading', async (t) => {
  const first = status()
  t.equal(eventsPerSecond([first]), undefined)
  t.equal(eventsPerSecond([first, { ...first, position: '30', now: '2026-11-29T12:00:04Z' }]), 5)
  t.equal(eventsPerSecond([first, { ...first, position: '30' }]), undefined, 'no time has passed')
})

t.test('Durations have the unit that fits, and a process without appends has none', async (t) => {
  t.strictSame([null, 0.00324, 0.45, 1.25].map(durationText), [
    'none',
    '3.2 ms',
    '450 ms',
    '1.25 s',
  ])
  t.strictSame([null, 1, 2.25].map(batchSizeText), ['none', '1.0', '2.3'])
})

t.test('A build is as far as its position in the log', async (t) => {
  t.equal(builtPart(table, '40'), 1)
  t.equal(builtPart({ ...table, state: 'building' }, '40'), 0.25)
  t.equal(builtPart({ ...table, state: 'building' }, '0'), 0)
})

t.test(
  'Each thing that needs an operator is one sentence, and a calm service has none',
  async (t) => {
    const task: Schemas['Backlog'] = {
      ...{ process: 'welcome_8', waiting: 1, failing: 0, givenUp: 0 },
      ...{ oldest: '2026-11-01T12:00:00Z', waitingSince: '2026-11-29T11:59:50Z', lastError: null },
    }
    const reader = { name: 'epistle serve', release: 2, holdsLeases: true, seenAt: null }
    const webhook: Schemas['Webhook'] = {
      ...{ name: 'crm', origin: 'https://crm.example', state: 'delivering', position: '9' },
      ...{ behind: '1', failingSince: null, retryAt: null, reason: null },
    }
    const worker = { ...reader, name: 'epistle work, process 8' }
    const calm = { tables: [table], tasks: [task], readers: [reader, worker], webhooks: [webhook] }
    t.strictSame(concernsOf(status(calm)), [])
    const verified = { at: '2026-11-29T11:00:00Z', position: '9', differences: 1 }
    const found = concernsOf(
      status({
        tables: [{ ...table, verified }],
        readers: [{ ...reader, holdsLeases: false }, worker],
        tasks: [{ ...task, failing: 2, givenUp: 1, waitingSince: '2026-11-29T11:00:00Z' }],
        webhooks: [
          {
            ...{ ...webhook, state: 'failing', reason: 'status 500' },
            failingSince: '2026-11-29T10:00:00Z',
          },
          { ...webhook, name: 'old', state: 'disabled' },
          { ...webhook, name: 'off', state: 'stopped' },
        ],
      }),
    )
    t.strictSame(found, [
      'epistle serve has lost its leases. Wait a minute, or until it is back.',
      'users_2 differed in 1 row at its last verify. Rebuild it.',
      'welcome_8: 2 tasks failed and will be retried.',
      'welcome_8: 1 task was given up.',
      `welcome_8: tasks have waited since ${new Date('2026-11-29T11:00:00Z').toLocaleString()}. Check that a worker runs.`,
      `The webhook crm has failed since ${new Date('2026-11-29T10:00:00Z').toLocaleString()}. The last error: status 500`,
      'The webhook old is disabled and gets no more events.',
    ])
  },
)

t.test('An event is read once, whether or not it has personal columns', async (t) => {
  for (const masked of [[], ['email']]) {
    let requests = 0
    const GET = async () => {
      requests += 1
      return { data: { event: { id: 'an id', position: '42', masked } }, response: new Response() }
    }
    const store = createStore()
    store.set({ route: { view: 'event', key: '42' } })
    const { signal } = new AbortController()
    await read(store, { GET } as unknown as Api, signal)
    await read(store, { GET } as unknown as Api, signal)
    t.equal(requests, 1, `${masked.length} personal columns`)
    t.match(store.get().details, { event: { position: '42' } })
  }
})

/** A log whose last event is at `last`, and which refuses to continue after a later position. */
function logWith(last: number) {
  const item = { position: `${last}`, event: { position: `${last}` } }
  const GET = async (_path: string, { params }: { params: { query: { after?: string } } }) => {
    const after = Number(params.query.after ?? 0)
    if (after <= last)
      return { data: { items: after < last ? [item] : [] }, response: new Response() }
    const error = { code: 'position_unknown', title: 'The log does not have this position' }
    return { error, response: new Response(null, { status: 412 }) }
  }
  return { GET } as unknown as Api
}

t.test('The log and a stream begin again when the database was restored', async (t) => {
  const { signal } = new AbortController()
  const store = createStore()
  store.set({ route: { view: 'log' }, eventTypes: ['message_sent_3'] })
  for (const last of [42, 40, 41]) await read(store, logWith(last), signal)
  t.strictSame(
    store.get().log?.items.map(({ position }) => position),
    ['41', '40'],
  )
  store.set({ route: { view: 'stream', id: 'an id' } })
  for (const last of [42, 40, 41]) await read(store, logWith(last), signal)
  t.strictSame(
    store.get().stream?.items.map(({ event }) => event.position),
    ['40', '41'],
  )
})

t.test('Now names a retirement that is not finished, and tables long not verified', async (t) => {
  const concerns = (...tables: Partial<Schemas['ReadTable']>[]) =>
    concernsOf(status({ tables: tables.map((each) => ({ ...table, ...each })) }))
  const verified = (at: string) => ({ verified: { at, position: '9', differences: 0 } })
  const old = { liveAt: '2026-11-01T12:00:00Z' }
  t.strictSame(concerns({ liveAt: '2026-11-22T12:00:00Z' }, { state: 'demoted', ...old }), [])
  t.strictSame(concerns({ ...old, ...verified('2026-11-22T12:00:00Z') }), [])
  t.strictSame(concerns({ state: 'retiring', ...old }), [
    'The retirement of users_2 is not finished. If none is running, run epistle retire users_2 again.',
  ])
  const long =
    'not been verified for more than eight days. Check that epistle verify runs on a timer.'
  t.strictSame(concerns(old), [`users_2 has ${long}`])
  const late = { name: 'sessions_2', ...old, ...verified('2026-11-20T12:00:00Z') }
  t.strictSame(concerns(old, late), [`users_2, sessions_2 have ${long}`])
  t.strictSame(concerns(old, old, old, old), [`4 read tables have ${long}`])
})

const cell = (readTable: string, eventType: string, path: string[] | null): Cell => ({
  ...{ readTable, eventType, path, fault: null, attached: true },
  kind: path === null ? 'ignored' : 'up',
})

t.test('The grid keeps the order of tables and types, and leaves out no cell', async (t) => {
  const cells = [cell('a_1', 'x_0', ['x_1']), cell('a_1', 'x_1', null), cell('b_2', 'x_1', null)]
  const grid = toGrid(cells)
  t.strictSame(grid.tables, ['a_1', 'b_2'])
  t.strictSame(grid.rows, [
    { type: 'x_0', cells: [cells[0], undefined] },
    { type: 'x_1', cells: [cells[1], cells[2]] },
  ])
  t.strictSame(chainOf(cell('a_1', 'x_0', ['x_1'])), ['x_0', 'x_1', 'a_1'])
  t.strictSame(chainOf(cell('a_1', 'x_1', null)), [])
  t.strictSame(neighbour('ArrowDown', [0, 0], grid), [1, 0])
  t.strictSame(neighbour('ArrowRight', [0, 1], grid), [0, 1], 'the last column')
  t.strictSame(neighbour('End', [1, 0], grid), [1, 1])
  t.equal(neighbour('a', [0, 0], grid), undefined)
  t.strictSame(
    [0, 1, 2, 3].map((row) => isFilled(row, 4, 0.5)),
    [true, true, false, false],
  )
})

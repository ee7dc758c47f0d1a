// Lanes: what waits is bounded and never miscounted, a stream is in a batch once, and whoever was
// refused lately takes no more of the writer's time than is his.
import fc from 'fast-check'
import t from 'tap'
import { Lane } from '../../src/event-store/lane.ts'
import { Lanes } from '../../src/event-store/lanes.ts'
import { Waiting } from '../../src/event-store/waiting.ts'

interface Sent {
  readonly onRefused?: (error: unknown) => void
  readonly actor?: string
  readonly streams?: readonly string[]
  readonly size?: number
  readonly events?: number
}

let sent = 0

/** A command of its own stream, where nothing else is said. */
function waiting(given: Sent = {}): Waiting {
  const { actor = 'ann', streams = [`stream ${sent++}`], size = 10, events = 1 } = given
  const command = { streams, actor, events, json: 'x'.repeat(size) }
  const settled = () => undefined
  return new Waiting(command, settled, given.onRefused ?? settled)
}

/** Lanes with a clock that the test moves. */
function lanesAt(start: number) {
  const clock = { now: start }
  return { clock, lanes: new Lanes(() => clock.now) }
}

const actors = (batch: readonly Waiting[]) => batch.map(({ command }) => command.actor)

t.test('whoever came first goes first, as many at once as a batch may hold', (t) => {
  const { lanes } = lanesAt(0)
  const all = Array.from({ length: 300 }, () => waiting())
  for (const each of all) lanes.add(each)
  t.strictSame(lanes.next().batch, all.slice(0, 256))
  t.strictSame(lanes.next().batch, all.slice(256))
  t.equal(lanes.length, 0)
  t.end()
})

t.test('the first in a lane goes next, whatever its size, and the rest as far as it fits', (t) => {
  const lane = new Lane({ waiting: 9, waitingSize: 1000, batch: 9, batchSize: 20 })
  const [large, small, other] = [waiting({ size: 50 }), waiting({ size: 15 }), waiting()]
  for (const each of [small, large, other]) lane.add(each)
  t.strictSame(lane.take(), [small])
  t.strictSame(lane.take(), [large])
  t.strictSame(lane.take(), [other])
  t.end()
})

t.test('what counts in a batch is events, and a command that has more goes alone', (t) => {
  const lane = new Lane({ waiting: 9, waitingSize: 1000, batch: 4, batchSize: 1000 })
  const [one, two, three, nine] = [1, 2, 3, 9].map((events) => waiting({ events }))
  for (const each of [two, nine, three, one]) lane.add(each as Waiting)
  t.strictSame(lane.take(), [two, one])
  t.strictSame(lane.take(), [nine])
  t.strictSame(lane.take(), [three])
  t.end()
})

t.test('of two commands on one stream the second goes in the next batch', (t) => {
  const { lanes } = lanesAt(0)
  const [one, both, other] = [['a'], ['b', 'a'], ['b']].map((streams) => waiting({ streams }))
  for (const each of [one, both, other]) lanes.add(each as Waiting)
  t.strictSame(lanes.next().batch, [one, other])
  t.strictSame(lanes.next().batch, [both])
  t.end()
})

t.test('a lane refuses by number and by size, and takes again once somebody has gone', (t) => {
  const overloaded = { code: 'overloaded' }
  const few = new Lane({ waiting: 2, waitingSize: 1000, batch: 1, batchSize: 1000 })
  few.add(waiting())
  few.add(waiting())
  t.throws(() => few.add(waiting()), overloaded)
  few.take()
  few.add(waiting())

  const light = new Lane({ waiting: 9, waitingSize: 20, batch: 1, batchSize: 20 })
  light.add(waiting({ size: 50 }))
  t.throws(() => light.add(waiting({ size: 1 })), overloaded)
  light.take()
  light.add(waiting({ size: 1 }))
  t.equal(light.length, 1)
  t.end()
})

// Whatever has happened, a lane that is empty takes exactly as much as a new one.
t.test('after any history nothing is lost, doubled or miscounted', (t) => {
  const one = {
    size: fc.integer({ min: 1, max: 30 }),
    stream: fc.constantFrom('a', 'b', 'c'),
    actor: fc.constantFrom('ann', 'bob', 'eve'),
  }
  const act = fc.oneof(
    fc.record(one),
    fc.record({ olderThan: fc.nat(6) }),
    fc.constant('take' as const),
  )
  const bounds = { waiting: 6, waitingSize: 60, batch: 3, batchSize: 30 }
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (acts, byTurns) => {
      const lane = new Lane({ ...bounds, byTurns })
      const inside = new Set<Waiting>()
      let refused = false // the newcomer, or somebody who gave way to him
      const out = (taken: readonly Waiting[]) => {
        for (const each of taken) if (!inside.delete(each)) throw new Error('given out twice')
      }
      for (const each of acts) {
        if (each === 'take') out(lane.take())
        else if ('olderThan' in each) {
          const { since = Number.POSITIVE_INFINITY } = [...inside][each.olderThan] ?? {}
          out(lane.takeOlder(since))
        } else {
          const size = [...inside].reduce((sum, { command }) => sum + command.json.length, 0)
          const full = inside.size >= bounds.waiting || (size >= bounds.waitingSize && size > 0)
          refused = false
          const next: Waiting = waiting({
            ...each,
            streams: [each.stream],
            onRefused: () => {
              refused = true
              out([next])
            },
          })
          try {
            lane.add(next)
            inside.add(next)
          } catch {
            refused = true
          }
          if (refused !== full) throw new Error(`refused: ${refused}, full: ${full}`)
        }
        if (lane.length !== inside.size) throw new Error(`${lane.length} of ${inside.size}`)
      }
    }),
  )
  t.pass('no counterexample')
  t.end()
})

t.test('who was refused travels apart, few at a time, until a minute later', (t) => {
  const { clock, lanes } = lanesAt(1_000)
  lanes.suspect('eve')
  for (let n = 0; n < 6; n += 1) {
    lanes.add(waiting({ actor: 'eve' }))
    lanes.add(waiting({ actor: 'ann' }))
  }
  t.strictSame(actors(lanes.next().batch), Array(4).fill('eve'))
  t.strictSame(actors(lanes.next().batch), Array(2).fill('eve'), 'who took no time need not rest')
  t.strictSame(actors(lanes.next().batch), Array(6).fill('ann'))

  clock.now += 59_999
  lanes.add(waiting({ actor: 'eve' }))
  lanes.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(lanes.next().batch), ['eve'], 'still apart')
  lanes.next()
  clock.now += 1
  lanes.add(waiting({ actor: 'eve' }))
  lanes.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(lanes.next().batch), ['eve', 'ann'], 'forgiven')
  t.end()
})

t.test('among suspects the first of each goes before the second of any', (t) => {
  const { lanes } = lanesAt(0)
  for (const actor of ['eve', 'ann', 'bob']) lanes.suspect(actor)
  for (const actor of ['eve', 'eve', 'eve', 'ann', 'eve', 'bob', 'ann', 'eve']) {
    lanes.add(waiting({ actor }))
  }
  t.strictSame(actors(lanes.next().batch), ['eve', 'ann', 'bob', 'eve'])
  t.strictSame(actors(lanes.next().batch), ['ann', 'eve', 'eve', 'eve'])
  t.end()
})

t.test('a suspect who fills the lane, by number or by size, keeps nobody out', (t) => {
  for (const [size, many] of [
    [10, 244],
    [2 ** 20, 4],
  ] as const) {
    const { lanes } = lanesAt(0)
    for (const actor of ['eve', 'ann', 'bob', 'carol']) lanes.suspect(actor)
    const refused: number[] = []
    for (let n = -6; n < 0; n += 1) {
      lanes.add(waiting({ actor: 'carol', size: 1_000, onRefused: () => refused.push(n) }))
    }
    for (let n = 0; n < many; n += 1) {
      lanes.add(waiting({ actor: 'eve', size, onRefused: () => refused.push(n) }))
    }
    const overloaded = { code: 'overloaded' }
    t.throws(() => lanes.add(waiting({ actor: 'eve', size })), overloaded, 'but for himself')
    for (const actor of ['ann', 'bob', 'ann']) lanes.add(waiting({ actor }))
    // By size there is room once one of eve's is gone, which was as large as all others together.
    t.strictSame(refused, size === 10 ? [243, 242, 241] : [3])
    const next = actors(lanes.next().batch)
    t.ok(next.includes('ann') && next.includes('bob'), 'and they go next')
  }
  t.end()
})

t.test('suspects have a third of the time, and everybody else the rest', (t) => {
  const { clock, lanes } = lanesAt(0)
  lanes.suspect('eve')
  const took = { eve: 0, ann: 0 }
  for (let n = 0; n < 250; n += 1) {
    for (const actor of ['eve', 'ann'] as const) lanes.add(waiting({ actor }))
    const { batch, charge } = lanes.next()
    const actor = batch[0]?.command.actor as 'eve' | 'ann'
    const ms = actor === 'eve' ? 20 : 3
    clock.now += ms
    charge(ms)
    took[actor] += ms
  }
  const share = took.eve / (took.eve + took.ann)
  t.ok(share > 0.25 && share <= 0.34, `${share}`)
  t.end()
})

t.test('a batch of suspects that took an outage does not keep them for as long', (t) => {
  const { clock, lanes } = lanesAt(0)
  lanes.suspect('eve')
  lanes.add(waiting({ actor: 'eve' }))
  lanes.next().charge(10_000)
  for (const actor of ['eve', 'ann']) lanes.add(waiting({ actor }))
  t.strictSame(actors(lanes.next().batch), ['ann'])
  clock.now += 250
  lanes.add(waiting({ actor: 'ann' }))
  t.strictSame(actors(lanes.next().batch), ['eve'])
  t.end()
})

t.test('while suspects rest alone, the first other who comes ends the wait', async (t) => {
  const { clock, lanes } = lanesAt(0)
  lanes.suspect('eve')
  lanes.add(waiting({ actor: 'eve' }))
  lanes.next().charge(10_000)
  lanes.add(waiting({ actor: 'eve' }))
  let ready = false
  const whenReady = lanes.ready().then(() => {
    ready = true
  })
  await turns()
  t.notOk(ready)
  lanes.add(waiting({ actor: 'ann' }))
  await turns()
  t.ok(ready)
  await whenReady
  t.strictSame(actors(lanes.next().batch), ['ann'])
  clock.now += 250
  await lanes.ready()
  t.strictSame(actors(lanes.next().batch), ['eve'])
})

/** Long enough for what has happened to be noticed, and shorter than any rest. */
async function turns(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

t.test('the oldest suspect is forgotten when ten thousand others came after him', (t) => {
  const { lanes } = lanesAt(0)
  for (let n = 0; n <= 10_000; n += 1) lanes.suspect(`eve ${n}`)
  for (const actor of ['eve 0', 'eve 1', 'eve 10000']) lanes.add(waiting({ actor }))
  t.strictSame(actors(lanes.next().batch), ['eve 1', 'eve 10000'])
  t.strictSame(actors(lanes.next().batch), ['eve 0'])
  t.end()
})

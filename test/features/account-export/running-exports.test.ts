// Which exports a server sends at the same time, without a server.
import t from 'tap'
import {
  type RunningExport,
  RunningExports,
} from '../../../src/features/account-export/running-exports.ts'

const busy = { code: 'overloaded' }

/** Exports of other users each, by network and number, and those that were ended. */
function exportsFor(max: number) {
  const running = new RunningExports(max)
  const ended: string[] = []
  const begin = (client: string, n: number, userId = `${client} ${n}`): RunningExport => {
    const one = { userId, client, end: () => ended.push(`${client} ${n}`) }
    running.admit(one)
    return one
  }
  return { running, ended, begin }
}

t.test('A user has one export at a time, which makes room at its end', async (t) => {
  const { running, begin } = exportsFor(4)
  const first = begin('a', 1, 'ada')
  t.throws(() => begin('b', 1, 'ada'), busy)
  running.remove(first)
  const second = begin('b', 2, 'ada')
  running.remove(first)
  t.throws(() => begin('b', 3, 'ada'), busy, 'an export that has ended frees no other one')
  running.remove(second)
  begin('b', 4, 'ada')
})

t.test('One network keeps no other network out', async (t) => {
  const { ended, begin } = exportsFor(4)
  for (const n of [1, 2, 3, 4]) begin('slow', n)
  t.throws(() => begin('slow', 5), busy, 'it cannot displace its own')
  begin('b', 1)
  begin('c', 1)
  t.strictSame(ended, ['slow 1', 'slow 2'], 'the oldest of the network with the most')
  t.throws(() => begin('b', 2), busy, 'two networks never displace each other in turns')
  begin('d', 1)
  t.strictSame(ended, ['slow 1', 'slow 2', 'slow 3'])
  t.throws(() => begin('e', 1), busy, 'each network has one')
})

t.test('A user whose export was ended can begin another one', async (t) => {
  const { running, ended, begin } = exportsFor(2)
  begin('slow', 1)
  const second = begin('slow', 2)
  begin('b', 1)
  t.strictSame(ended, ['slow 1'])
  running.remove(second)
  begin('slow', 1)
})

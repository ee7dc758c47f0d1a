// The work that a request waits for: its database queries and password hashes, in steps. Steps follow each
// other, and the work of one step runs at the same time, so two requests with the same steps take the same
// time whatever the machine does. For servers that run in this process, one request at a time.
import argon2 from 'argon2'
import pg from 'pg'
import { PreparedQuery } from '../../src/platform/postgres/prepared-query.ts'
import type { Finishing } from './database.ts'

/** A query or a hash; `step` is 1 for the work that waits for nothing. */
interface Work {
  readonly name: string
  readonly step: number
  isDone: boolean
}

/** Observes pg and argon2 until the test ends. Returns a function that returns the steps of a call. */
export function observeSteps(t: Finishing) {
  let works: Work[] | undefined
  /** Records the start of work. The returned function records its end. */
  const begin = (name: string): (() => void) => {
    if (!works) return () => undefined
    // It can wait for all work that is done, and for nothing else.
    const step = 1 + Math.max(0, ...works.filter(({ isDone }) => isDone).map((each) => each.step))
    const work = { name, step, isDone: false }
    works.push(work)
    return () => {
      work.isDone = true
    }
  }
  observeQueries(t, begin)
  observeHashes(t, begin)

  return async (call: () => Promise<unknown>): Promise<string[][]> => {
    const recorded: Work[] = []
    works = recorded
    await call()
    works = undefined
    const steps = Map.groupBy(recorded, ({ step }) => step)
    return [...steps.values()].map((step) => step.map(({ name }) => name).sort())
  }
}

type Begin = (name: string) => () => void

/** Named statements only: the requests use no others, and leases and other background work use no names. */
function observeQueries(t: Finishing, begin: Begin): void {
  const { query } = pg.Client.prototype
  t.teardown(async () => {
    pg.Client.prototype.query = query
  })
  const observed = function (this: pg.Client, ...args: unknown[]): unknown {
    const [asked] = args as [{ name?: string; callback?: (...results: unknown[]) => void }]
    const { name } = asked
    if (name === undefined) return Reflect.apply(query, this, args)
    // An append counts as the same work for each type of event.
    const end = begin(name.replace(/^log\.append:.*/, 'log.append'))
    const callback = args.at(-1)
    if (typeof callback === 'function') {
      const ending = (...results: unknown[]) => {
        end()
        callback(...results)
      }
      return Reflect.apply(query, this, [...args.slice(0, -1), ending])
    }
    if (!(asked instanceof PreparedQuery)) {
      return (Reflect.apply(query, this, args) as Promise<unknown>).finally(end)
    }
    const { callback: then } = asked
    asked.callback = (...results) => {
      end()
      then?.(...results)
    }
    return Reflect.apply(query, this, args)
  }
  pg.Client.prototype.query = observed as typeof query
}

interface HashOptions {
  readonly memoryCost: number
  readonly timeCost: number
}

/** A hash is named by its memory and passes, which are its work. */
function observeHashes(t: Finishing, begin: Begin): void {
  const { hash, verify } = argon2
  t.teardown(async () => void Object.assign(argon2, { hash, verify }))
  Object.assign(argon2, {
    hash: (plain: string, options: HashOptions) => {
      const end = begin(`hash m=${options.memoryCost},t=${options.timeCost}`)
      return hash(plain, options as never).finally(end)
    },
    verify: (digest: string, plain: string) => {
      const end = begin(`hash ${/m=\d+,t=\d+/.exec(digest)?.[0]}`)
      return verify(digest, plain).finally(end)
    },
  })
}

/** `GET /tables/{name}`: a read table, and what the owner can do with it now. */

import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { Problem } from '../../platform/http/problems/problem.ts'
import { text } from '../../platform/http/strings.ts'
import type { Queryable } from '../../platform/postgres/prepared.ts'
import {
  readHead,
  readInstalledReleases,
  readReaders,
  readTableOverviews,
} from '../../platform/read-models/overview.ts'
import type { Release } from '../../platform/read-models/releases/releases.ts'
import { positionShape } from '../positions.ts'
import { toTable } from '../status/routes.ts'
import { readTableShape } from '../status/shapes.ts'
import { obstaclesTo, verbs } from './verbs.ts'

export const nameParameter = z.strictObject({
  name: text({ max: 63 }).meta({ example: 'users_2' }),
})

const schema = {
  operationId: 'getTable',
  tags: ['tables'],
  summary: 'Get a read table, and what can be done with it',
  params: nameParameter,
  response: {
    200: z
      .strictObject({
        table: readTableShape,
        position: positionShape.meta({ description: 'Of the log, which a build has to reach' }),
        verbs: z
          .array(
            z.strictObject({
              verb: z.enum(verbs),
              obstacles: z.array(z.string()).meta({
                description:
                  'What has to happen first, in whole sentences; empty if the verb can run now',
              }),
            }),
          )
          .meta({ description: 'Empty if `ADMIN_DATABASE_URL` is not set' }),
      })
      .meta({ id: 'TableDetails' }),
  },
}

interface TableDeps {
  readonly pool: Queryable
  /** The releases of the code. */
  readonly ours: Promise<readonly Release[]>
  readonly hasOwner: boolean
}

/** Adds it. Without the owner's rights, there are no verbs. */
export function tableRoute(app: App, { pool, ours, hasOwner }: TableDeps): void {
  const config = { open: true, problems: ['unavailable', 'not_found'] } as const
  app.get('/tables/:name', { schema, config }, async ({ params: { name } }) => {
    const tables = await readTableOverviews(pool)
    const table = tables.find((each) => each.name === name)
    if (!table) throw noSuchTable()
    const readers = await readReaders(pool)
    const installed = await readInstalledReleases(pool)
    const databaseRelease = installed.at(-1)?.release ?? -1
    const situation = { releases: await ours, databaseRelease, tables, readers }
    return {
      table: toTable(table, readers),
      position: (await readHead(pool)).position,
      verbs: (hasOwner ? verbs : []).map((verb) => ({
        verb,
        obstacles: obstaclesTo(verb, table, situation),
      })),
    }
  })
}

/** The problem for a name that no read table has. */
export function noSuchTable(): Problem {
  return new Problem('not_found', { detail: 'No read table has this name.' })
}

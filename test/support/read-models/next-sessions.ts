// Releases with a next version of `sessions`, without which `sessions_10` can be neither demoted nor retired.

import { dbDirectory, readReleases } from '../../../src/platform/read-models/releases/releases.ts'
import type { Finishing } from '../database.ts'
import { type CopiedReleases, copyReleases } from './copied-releases.ts'

/** Copied releases with a next version of `sessions`, of which `sessions_10` can become a view. */
export async function copyWithNextSessions(t: Finishing): Promise<CopiedReleases> {
  const releases = await copyReleases(t)
  const next = `sessions_${releases.next}`
  const files = (await readReleases(dbDirectory)).flatMap(({ files }) => files)
  const text = files.find(({ path }) => path.endsWith('/sessions_10.sql'))?.text ?? ''
  const ignored = files
    .filter(({ kind, table }) => kind === 'event' && !text.includes(`event log.${table})`))
    // Reaches the table by an upcast.
    .filter(({ table }) => table !== 'session_started_0')
    .map(({ table }) => `log.${table}`)
  await releases.add({
    // The next version lacks the two functions: only the view of the version before is asked.
    [next]: text
      .replace(/_ignores\([^)]*\)/, `_ignores(${ignored})`)
      .replace(/create function sessions_10_accepts[\s\S]*/, '')
      .replaceAll('sessions_10', next),
    'sessions_10.view': `create view sessions_10 as select * from ${next};`,
  })
  return releases
}

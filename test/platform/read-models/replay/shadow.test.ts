// There is one schema for shadows. A command that needs it while another works in it reports for which
// process it waits.
import t from 'tap'
import { checkInstall } from '../../../../src/platform/read-models/install/install.ts'
import { rebuild } from '../../../../src/platform/read-models/rebuild/rebuild.ts'
import { verify } from '../../../../src/platform/read-models/rebuild/verify.ts'
import { installedReleases } from '../../../../src/platform/read-models/releases/released-files.ts'
import {
  dbDirectory as directory,
  projectionFiles,
} from '../../../../src/platform/read-models/releases/releases.ts'
import { longReplay } from '../../../../src/platform/read-models/replay/replay.ts'
import { createShadows, withShadow } from '../../../../src/platform/read-models/replay/shadow.ts'
import { demote } from '../../../../src/platform/read-models/retire/demote.ts'
import { connect } from '../../../support/installed.ts'
import { backendPid, untilLockWait } from '../../../support/read-models/blocked-sessions.ts'
import { registerMany } from '../../../support/read-models/many-users.ts'
import { stepwiseDatabase } from '../../../support/stepwise-database.ts'

const url = await stepwiseDatabase(t)
const db = await connect(t, url)
const [holder, client] = [await connect(t, url), await connect(t, url)]
const [holding, waiting] = [await backendPid(holder), await backendPid(client)]

type Say = (line: string) => void
const silent: Say = () => undefined
const verbs: Record<string, (say: Say) => Promise<unknown>> = {
  verify: (say) => verify(client, directory, ['users_2'], say),
  rebuild: (say) => rebuild(client, directory, 'users_2', say),
  demote: (say) => demote(client, directory, 'users_1', say),
  'install --check': (say) => checkInstall({ client, directory, say }),
}

for (const [verb, run] of Object.entries(verbs)) {
  t.test(`${verb} reports the process it waits for, and runs once that is done`, async (t) => {
    const [begun, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const held = withShadow(holder, silent, () => {
      begun.resolve()
      return done.promise
    })
    await begun.promise
    const said: string[] = []
    const running = run((line) => said.push(line))
    await untilLockWait(db, waiting, 2)
    t.equal(
      said.at(-1),
      'another verify, rebuild, show, demote, retire, install or install --check is running on ' +
        `this database (process ${holding} of the database); waiting for it to finish`,
    )
    done.resolve()
    await held
    await t.resolves(running)
  })
}

t.test('Shadows of a long log are written to the WAL only where they are kept', async (t) => {
  const files = projectionFiles(await installedReleases(client, directory))
  const persistence = (logged: boolean) =>
    withShadow(client, silent, async () => {
      await createShadows(client, ['sessions_2'], files, { logged })
      const { rows } = await client.query<{ kind: string }>(
        `select distinct relpersistence as kind from pg_class
         where relnamespace = 'shadow'::regnamespace`,
      )
      return rows.map(({ kind }) => kind)
    })
  t.strictSame(
    await persistence(false),
    ['p'],
    'a few rows are written sooner than the tables change',
  )
  await registerMany(db, longReplay + 1)
  t.strictSame(await persistence(false), ['u'])
  t.strictSame(await persistence(true), ['p'])
})

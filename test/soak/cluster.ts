// The cluster of deploy/cluster on this machine, from Debian's packages, under 64 connections that send and 8 that
// read, while its parts fail. `npm run soak -- cluster`; SOAK_SCENARIOS in the environment names those to run, such as
// kill,etcd; SOAK_KILLS and SOAK_SWITCHOVERS how often; SOAK_EVENTS the length of the history of an install;
// SOAK_ETCD_SECONDS how long etcd is away; SOAK_PACE_MS the pause of a sender between two commands, SOAK_SEED the seed,
// SOAK_SLOWNESS how much longer pauses may be on a busy machine.
import t, { type Test } from 'tap'
import { note } from '../support/cluster/note.ts'
import { whyWithoutCluster } from '../support/cluster/packages.ts'
import { control } from '../support/cluster/scenarios/control.ts'
import { listeners } from '../support/cluster/scenarios/listeners.ts'
import { etcd, partition, standbys } from '../support/cluster/scenarios/lost-others.ts'
import { crash, hung, kill, switchover } from '../support/cluster/scenarios/lost-primary.ts'
import { install } from '../support/cluster/scenarios/next-release.ts'
import { Trial } from '../support/cluster/trial.ts'

/** Each runs on a cluster that is whole, and leaves it whole. The last one leaves a release that is not in db/. */
const scenarios = { kill, crash, hung, switchover, standbys, etcd, partition, listeners, install }

const names = ['control', ...Object.keys(scenarios)]
const wanted = process.env.SOAK_SCENARIOS?.split(',') ?? names
const unknown = wanted.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`unknown: ${unknown}; the scenarios are ${names}`)
const chosen = Object.entries(scenarios).filter(([name]) => wanted.includes(name))

const missing = whyWithoutCluster()

t.test(
  'The checker finds commands that an asynchronous cluster loses',
  { skip: missing || (!wanted.includes('control') && 'not chosen') },
  control,
)

t.test(
  'A cluster loses no command and repeats none',
  { skip: missing || (chosen.length === 0 && 'not chosen') },
  async (t) => {
    const trial = await Trial.start(t)
    for (const [name, run] of chosen)
      await t.test(`scenario ${name}`, (t) => auditedRun(t, trial, run))
  },
)

async function auditedRun(t: Test, trial: Trial, run: (t: Test, trial: Trial) => Promise<void>) {
  await trial.cluster.untilServing()
  await run(t, trial)
  const { commands, queries, unavailable } = trial.responses.counts
  note(`so far ${commands} commands, ${queries} queries, ${unavailable} times 503`)
  const found = await trial.audit(t)
  if (found.length > 0) note(trial.cluster.lastWords())
  t.strictSame(found.slice(0, 5), [], `${found.length} differences`)
  t.strictSame(trial.responses.stale.splice(0), [], 'stale reads')
}

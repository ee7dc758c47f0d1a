/** What the readings of the status mean: the rate of events, builds, and what needs an operator. Pure. */

import type { Schemas } from './state.ts'

type Status = Schemas['Status']

/** Tasks wait for a worker for seconds. After minutes, none is running, or it is overloaded. */
const longWait = 5 * 60_000

/** As the alert EpistleAppendLockHeld has it, seconds. Without a wait, an append takes milliseconds. */
const longAppend = 5

/** Eight days, for a verify once a week, as the alert EpistleVerifyMissing has it. */
const longUnverified = 8 * 86_400_000

/** Events a second between the first and the last reading; undefined with one. */
export function eventsPerSecond(statuses: readonly Status[]): number | undefined {
  const [first, last] = [statuses[0], statuses.at(-1)]
  if (!first || !last) return undefined
  const seconds = (Date.parse(last.now) - Date.parse(first.now)) / 1000
  if (seconds <= 0) return undefined
  return Number(BigInt(last.position) - BigInt(first.position)) / seconds
}

/** The average number of commands in a batch; `none` without a batch. */
export function batchSizeText(size: number | null): string {
  return size === null ? 'none' : size.toFixed(1)
}

/** `3.2 ms`, `450 ms`, `1.25 s`; `none` without a call. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return 'none'
  if (seconds >= 1) return `${seconds.toFixed(2)} s`
  const ms = seconds * 1000
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

/** How much of the log a build has replayed, from 0 to 1. */
export function builtPart({ position, state }: Schemas['ReadTable'], head: string): number {
  if (state !== 'building') return 1
  return Number(head) === 0 ? 0 : Math.min(1, Number(position) / Number(head))
}

/** One sentence for each thing that needs an operator. Empty when all is well. */
export function concernsOf(status: Status): string[] {
  return [
    ...(status.ready === null ? [] : [`${status.process.name} is not ready. ${status.ready}`]),
    ...concernsOfAppends(status),
    ...status.readers
      .filter(({ holdsLeases }) => !holdsLeases)
      .map(({ name }) => `${name} has lost its leases. Wait a minute, or until it is back.`),
    ...status.tables
      .filter(({ isMissing }) => isMissing)
      .map(({ name }) => `${name} is missing. Run epistle install, which restores it.`),
    ...status.tables
      .filter(({ verified }) => (verified?.differences ?? 0) > 0)
      .map(({ name, verified }) => {
        const count = countOf(verified?.differences ?? 0, 'row')
        return `${name} differed in ${count} at its last verify. Rebuild it.`
      }),
    ...status.tables
      .filter(({ state }) => state === 'building' && !status.isInstalling)
      .map(
        ({ name }) =>
          `The build of ${name} is not finished, and no install is running. Run epistle install again.`,
      ),
    ...status.tables
      .filter(({ state }) => state === 'retiring')
      .map(
        ({ name }) =>
          `The retirement of ${name} is not finished. If none is running, run epistle retire ${name} again.`,
      ),
    ...(status.deviations
      ? [
          `${deviationsText(status.deviations)}. Run epistle install, which repairs it, then verify again.`,
        ]
      : []),
    ...concernsOfVerifies(status),
    ...concernsOfWorkers(status),
    ...status.tasks.flatMap((task) => concernsOfTasks(task, status.now)),
    ...status.webhooks.flatMap(concernsOfWebhook),
  ]
}

/** One sentence for all tables, because one timer verifies them. A table that is new has time until its first verify. */
function concernsOfVerifies({ tables, now }: Status): string[] {
  const isLong = ({ state, verified, liveAt }: Schemas['ReadTable']) =>
    state === 'live' && Date.parse(now) - Date.parse(verified?.at ?? liveAt ?? now) > longUnverified
  const names = tables.filter(isLong).map(({ name }) => name)
  if (names.length === 0) return []
  const which = names.length > 3 ? countOf(names.length, 'read table') : names.join(', ')
  const verb = names.length === 1 ? 'has' : 'have'
  return [
    `${which} ${verb} not been verified for more than eight days. Check that epistle verify runs on a timer.`,
  ]
}

/** A wait ends and begins again with each attempt of an append, but the figures of appends are those of a minute. */
function concernsOfAppends({ appendWaitSeconds, process: { name, appends } }: Status): string[] {
  const advice =
    'If a session holds the append lock, db/MONITORING.md says how to end it, under EpistleAppendLockHeld.'
  if (appendWaitSeconds > longAppend)
    return [`An append has waited for ${appendWaitSeconds.toFixed(0)} seconds. ${advice}`]
  if ((appends.p99Seconds ?? 0) <= longAppend) return []
  return [`Appends of ${name} took up to ${durationText(appends.p99Seconds)}. ${advice}`]
}

/** A worker holds its leases under the name `epistle work`. */
function concernsOfWorkers({ tasks, readers }: Status): string[] {
  const isDue = tasks.some(({ waiting, failing }) => waiting + failing > 0)
  const isWorker = ({ name, holdsLeases }: Schemas['Reader']) =>
    holdsLeases && name.startsWith('epistle work')
  if (!isDue || readers.some(isWorker)) return []
  return ['Tasks are due, but no worker is running. Run epistle work.']
}

function concernsOfWebhook({ name, state, failingSince, reason }: Schemas['Webhook']): string[] {
  const error = reason ? ` The last error: ${reason}` : ''
  if (state === 'failing')
    return [
      `The webhook ${name} has failed since ${failingSince && localTime(failingSince)}.${error}`,
    ]
  if (state !== 'disabled') return []
  return [`The webhook ${name} is disabled and gets no more events.${error}`]
}

function concernsOfTasks(task: Schemas['Backlog'], now: string): string[] {
  const { process, failing, givenUp, waitingSince, lastError } = task
  const error = lastError ? ` The last error: ${lastError}` : ''
  const isLate = waitingSince !== null && Date.parse(now) - Date.parse(waitingSince) > longWait
  return [
    ...(failing > 0
      ? [`${process}: ${countOf(failing, 'task')} failed and will be retried.${error}`]
      : []),
    ...(givenUp > 0
      ? [
          `${process}: ${countOf(givenUp, 'task')} ${givenUp === 1 ? 'was' : 'were'} given up.${error}`,
        ]
      : []),
    ...(isLate
      ? [
          `${process}: tasks have waited since ${localTime(waitingSince)}. Check that a worker runs.`,
        ]
      : []),
  ]
}

/** The day and the time where the operator is. */
function localTime(time: string): string {
  return new Date(time).toLocaleString()
}

/** What the last verify or install found beside rows: triggers, constraints and the like that were changed by hand. */
export function deviationsText(count: number): string {
  return count === 1
    ? '1 part of a table is not as installed'
    : `${count} parts of tables are not as installed`
}

/** `1 row`, `2 rows`. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

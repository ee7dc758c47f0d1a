/**
 * What the owner can do with a read table, and what stands in the way of each verb now. Pure.
 *
 * This is advice from what the servers' login can see. The engine checks again when a job runs, and has the last word:
 * it also finds what operators created on a table, and which rows differ.
 */

import type { ReaderOverview, TableOverview } from '../../platform/read-models/overview.ts'
import { familyOf } from '../../platform/read-models/releases/releases.ts'
import type { Situation } from '../status/upgrade.ts'

export const verbs = ['verify', 'rebuild', 'demote', 'retire'] as const

export type Verb = (typeof verbs)[number]

/** What has to happen before a verb can run on a table, in whole sentences. Empty where it can run now. */
export function obstaclesTo(verb: Verb, table: TableOverview, situation: Situation): string[] {
  const { name, state } = table
  // Retire needs no replay, so it is not refused.
  if (verb !== 'retire' && isAhead(situation)) return [useNewerServer(situation)]
  if (state === 'building') {
    return [`${name} is still building. Wait until epistle install has finished, or run it again.`]
  }
  if (verb === 'retire') return obstaclesToRetire(table, situation)
  if (state === 'retiring')
    return [`The retirement of ${name} has begun, and can only be finished.`]
  if (verb === 'demote') return state === 'live' ? obstaclesToDemote(table, situation) : []
  if (state === 'live') return []
  const sources = table.viewOf.join(', ')
  return [`${name} is a view and has no rows of its own. Choose what it is a view of: ${sources}.`]
}

function obstaclesToDemote(table: TableOverview, situation: Situation): string[] {
  const { name } = table
  const hasView = situation.releases.some(
    ({ release, files }) =>
      release <= situation.databaseRelease &&
      files.some((file) => file.kind === 'view' && file.table === name),
  )
  return [
    ...(hasView ? [] : [`No installed release has a view for ${name}, so it stays a table.`]),
    ...withoutNewer(table, situation),
    ...readersOf(table, situation).filter(isAway).map(awaitReader),
  ]
}

function obstaclesToRetire(table: TableOverview, situation: Situation): string[] {
  const { name, state } = table
  if (state === 'retiring') return []
  const views = situation.tables.filter(({ viewOf }) => viewOf.includes(name))
  return [
    ...withoutNewer(table, situation),
    ...readersOf(table, situation).map((reader) =>
      isAway(reader) ? awaitReader(reader) : `${reader.name} reads it. Replace or stop it first.`,
    ),
    ...views.map(
      (view) =>
        `${view.name} is a view of it. Retire ${view.name} first, or demote it again if a newer release has another ` +
        'view for it.',
    ),
  ]
}

/** A view enforces nothing itself, so it may go. */
function withoutNewer({ name, release, state }: TableOverview, { tables }: Situation): string[] {
  const hasNewer = tables.some(
    (other) =>
      other.state === 'live' && other.release > release && familyOf(other.name) === familyOf(name),
  )
  if (hasNewer || state !== 'live') return []
  return ['No newer version of it is live, so no other table would enforce its rules.']
}

function isAhead({ databaseRelease, releases }: Situation): boolean {
  return databaseRelease > releases.length - 1
}

function useNewerServer({ databaseRelease, releases }: Situation): string {
  const codeRelease = releases.length - 1
  return `The database has release ${databaseRelease}, and this server has ${codeRelease}. Use the console of a newer server.`
}

function readersOf({ name }: TableOverview, { readers }: Situation): ReaderOverview[] {
  return readers.filter(({ tables }) => tables.includes(name))
}

function isAway({ holdsLeases }: ReaderOverview): boolean {
  return !holdsLeases
}

function awaitReader({ name }: ReaderOverview): string {
  return `${name} has lost its leases. Wait a minute, or until it is back.`
}

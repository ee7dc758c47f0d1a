/**
 * The version of the machinery: code leaves a newer one than its own unchanged, and does not work with it,
 * because the functions it calls can have another form there.
 */

import type { ClientBase } from 'pg'
import { MaintenanceError } from './errors.ts'

/** Grows with each published change of db/machinery; a test compares it with the checksum of the files. */
export const machineryVersion = 4

/** The version in the database; 0 where its install has not come that far. */
async function installedVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ version: number | null }>(
    'select max(version) as version from engine.sources',
  )
  return rows[0]?.version ?? 0
}

/** A sentence where the database has a newer machinery than this code; undefined where it has not. */
export async function newerMachinery(client: ClientBase): Promise<string | undefined> {
  const version = await installedVersion(client)
  if (version <= machineryVersion) return undefined
  return (
    `the database has version ${version} of the machinery, and this code has version ` +
    `${machineryVersion}; run the command with the newest code that is deployed`
  )
}

/** Throws MaintenanceError where the database has an older machinery than this code, which has yet to install. */
export async function refuseOlderMachinery(client: ClientBase): Promise<void> {
  const version = await installedVersion(client)
  if (version >= machineryVersion) return
  throw new MaintenanceError(
    `the database has version ${version} of the machinery, and this code needs version ` +
      `${machineryVersion}; run \`epistle install\` first, or this command with the code that installed it`,
  )
}

/** Throws MaintenanceError where the database has a newer machinery than this code. */
export async function checkMachineryVersion(client: ClientBase): Promise<void> {
  const sentence = await newerMachinery(client)
  if (sentence) throw new MaintenanceError(sentence)
}

/** How a job stands or has ended, in a sentence, from its state and its result. Pure. */

import { countOf, deviationsText } from './rate.ts'
import type { Schemas } from './state.ts'

type Job = Schemas['Job']

const states = {
  running: 'Running.',
  refused: 'Refused.',
  failed: 'Failed.',
  cancelled: 'Cancelled.',
  stopped: 'Stopped, by a signal or with its server. Start it again.',
  lost: 'Lost: its server or command died. Start it again.',
} as const

/** How a job stands or has ended, in a sentence. */
export function outcomeOf({ kind, state, detail, result }: Job): string {
  if (state === 'done') return `Done. ${doneSentence(kind, (result ?? {}) as Result)}`
  // The engine's reasons are phrases.
  if (detail === null || (state !== 'refused' && state !== 'failed')) return states[state]
  return `${states[state]} The reason: ${detail}.`
}

/** What the result of a job has, by its kind. */
export interface Result {
  readonly tables?: readonly (
    | string
    | { readonly differences?: number; readonly replaced?: number }
  )[]
  readonly deviations?: readonly string[]
}

export function sumOf(tables: Result['tables'] = [], name: 'differences' | 'replaced'): number {
  return tables.reduce((sum, each) => sum + ((typeof each === 'object' && each[name]) || 0), 0)
}

function doneSentence(kind: Job['kind'], { tables = [], deviations = [] }: Result): string {
  switch (kind) {
    case 'verify': {
      const found = sumOf(tables, 'differences')
      const rows = found === 0 ? 'No row differs' : countOf(found, 'differing row')
      const others = deviations.length === 0 ? '' : ` ${deviationsText(deviations.length)}.`
      return `${rows} in ${countOf(tables.length, 'table')}.${others}`
    }
    case 'rebuild':
      return `${countOf(sumOf(tables, 'replaced'), 'row')} replaced.`
    case 'demote':
      return `${tables.join(', ')}: demoted to a view.`
    case 'retire':
      return tables.length === 0 ? 'No table could be retired.' : `${tables.join(', ')}: retired.`
    case 'forget':
      return ''
  }
}

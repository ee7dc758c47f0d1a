/** The state of the console, and the one place that holds it. Listeners run once after any number of changes in one task. */

import type { components } from '../../../../openapi/admin-types.ts'
import type { Route } from './route.ts'

export type Schemas = components['schemas']

export interface Log {
  /** The address of the filter that the events were read by. */
  readonly of: string
  /** The last event first. */
  readonly items: readonly Schemas['LogEvent'][]
  /** Where older events continue; undefined when the list has the first event. */
  readonly before: string | undefined
}

/** What the Tables view has read. */
export interface Tables {
  readonly all?: Schemas['Tables']
  /** The table of the address; null where no table has its name. */
  readonly one?: Schemas['TableDetails'] | null
  readonly jobs?: readonly Schemas['Job'][]
  readonly differences?: Schemas['Differences']
  /** What the differences were read for: the verify, and whether with personal data. */
  readonly differencesOf?: string
  readonly followed?: FollowedJob
}

export interface FollowedJob {
  readonly id: string
  readonly job?: Schemas['Job']
  readonly lines: readonly JobLine[]
  /** Why it cannot be followed now. */
  readonly failure?: string
}

export interface JobLine {
  readonly line: number
  readonly at: string
  readonly text: string
}

/** What an act of the operator did, beside the act. */
export interface Said {
  /** The name of the act, which is unique in its view. */
  readonly by: string
  readonly how: 'working' | 'done' | 'failed'
  readonly text: string
}

/** A job that erases a user, with the lines it has reported. */
export interface Erasure {
  readonly id: string
  readonly userId: string
  readonly actor: string
  readonly lines: readonly string[]
  /** As it ended. */
  readonly ended: Schemas['Job'] | undefined
}

/** The texts of a report, which the operator asked for. */
export type ReportTexts = Pick<Schemas['Report'], 'reason' | 'content'>

export interface Compared {
  /** The address of the comparison, and whether personal data are shown. */
  readonly of: string
  /** Undefined where it failed. */
  readonly found?: Schemas['Comparison']
  readonly failure?: string
}

export interface State {
  readonly route: Route
  /** Whether the port needs a token that this tab does not have, or has refused one. */
  readonly token: 'enough' | 'needed' | 'refused'
  /** The last readings of the status, the latest last, for the rate of events. */
  readonly statuses: readonly Schemas['Status'][]
  readonly tables: Tables
  readonly matrix: readonly Schemas['Cell'][] | undefined
  /** The state of the tables and releases that the matrix was read in. */
  readonly matrixOf: string | undefined
  /** The cell of the matrix under the pointer. */
  readonly pointed: { readonly table: string; readonly type: string } | undefined
  readonly eventTypes: readonly string[]
  readonly log: Log | undefined
  /** The events of a stream up to the last one that was read, with the state after each. */
  readonly stream: Schemas['Stream'] | undefined
  readonly tasks: Schemas['Tasks'] | undefined
  /** What the last act of the operator did. */
  readonly notice: string | undefined
  /** The users that a search found. */
  readonly people: readonly Schemas['Person'][] | undefined
  readonly account: Schemas['Account'] | undefined
  /** The account with its personal data, which the operator asked for. */
  readonly shownAccount: Schemas['Account'] | undefined
  readonly erasure: Erasure | undefined
  readonly reports: Schemas['Reports'] | undefined
  readonly report: Schemas['Report'] | undefined
  /** By the ids of the reports. */
  readonly reportTexts: ReadonlyMap<string, ReportTexts>
  readonly audit: Schemas['Audit'] | undefined
  readonly said: Said | undefined
  /** Whether the server has the operations of the database's owner; undefined before it was read. */
  readonly hasOwner: boolean | undefined
  /** The comparison of the view *Time*. */
  readonly compared: Compared | undefined
  /** When the last event up to a position was recorded. */
  readonly moment: Schemas['Comparison']['earlier'] | undefined
  /** Where the slider is, until its position is read. */
  readonly sliding: string | undefined
  readonly statistics: readonly Schemas['DayStatistics'][] | undefined
  readonly details: Schemas['LogEventDetails'] | undefined
  /** What the details were read for: the key of the event, and whether with personal data. */
  readonly detailsOf: string | undefined
  /** The key of the event, the stream, or the verify of a table, whose personal data the operator asked for. */
  readonly shown: string | undefined
  /** Why the last reading failed; what is shown is then of an earlier one. */
  readonly failure: string | undefined
  readonly readAt: Date | undefined
  readonly isHidden: boolean
}

/** What the views of people, reports and acts show, before it is read. Leaving a view forgets it. */
export const noPeople = {
  people: undefined,
  account: undefined,
  shownAccount: undefined,
  erasure: undefined,
  reports: undefined,
  report: undefined,
  reportTexts: new Map<string, ReportTexts>(),
  audit: undefined,
  said: undefined,
} as const

/** Changes some values of the state. */
export type SetState = (values: Partial<State>) => void

const initial: State = {
  route: { view: 'now' },
  token: 'enough',
  statuses: [],
  tables: {},
  matrix: undefined,
  matrixOf: undefined,
  pointed: undefined,
  eventTypes: [],
  log: undefined,
  stream: undefined,
  tasks: undefined,
  notice: undefined,
  hasOwner: undefined,
  ...noPeople,
  compared: undefined,
  moment: undefined,
  sliding: undefined,
  statistics: undefined,
  details: undefined,
  detailsOf: undefined,
  shown: undefined,
  failure: undefined,
  readAt: undefined,
  isHidden: false,
}

export interface Store {
  get(): State
  set(values: Partial<State>): void
  subscribe(listener: () => void): void
}

export function createStore(): Store {
  let state = initial
  let isScheduled = false
  const listeners: (() => void)[] = []
  const notify = () => {
    isScheduled = false
    for (const listener of listeners) listener()
  }
  return {
    get: () => state,
    set(values) {
      state = { ...state, ...values }
      if (!isScheduled) queueMicrotask(notify)
      isScheduled = true
    },
    subscribe: (listener) => listeners.push(listener),
  }
}

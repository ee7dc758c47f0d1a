/** One event: as recorded, in every version that it casts to, and what it caused. */

import { html, nothing, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import {
  headingView,
  linkView,
  loadingView,
  maskedView,
  positionText,
  tableView,
  timeView,
} from './parts.ts'
import { personalView } from './personal.ts'

type Details = Schemas['LogEventDetails']
type LogEvent = Schemas['LogEvent']
type Data = LogEvent['data']

export function eventView(context: Context, key: string): TemplateResult {
  const { details, failure } = context.store.get()
  const back = html`<p>${linkView(context, { view: 'log' }, 'Back to the log')}</p>`
  if (!details) return html`${headingView('Event')}${back}${failure ? nothing : loadingView}`
  const { event, versions, caused } = details
  return html`${headingView(`${event.type} at position ${positionText(event.position)}`)}${back}
    ${event.masked.length > 0 ? personalView(context, key) : nothing}
    <div class="versions">
      ${versionView(event.type, event.void ? 'void: its row is missing' : 'as recorded', event)}
      ${versions.map((each) => versionView(each.type, `cast ${each.direction}: ${[event.type, ...each.path].join(' → ')}`, each))}
    </div>
    <h2>About this event</h2>${headerView(context, event)}
    <h2>What it caused</h2>${causedView(context, caused)}`
}

/** The columns of an event, or the fields of a state. */
export function versionView(
  type: string,
  remark: string,
  { data, masked }: { data: Data; masked: readonly string[] },
): TemplateResult {
  const names = Object.keys(data)
  return html`<section aria-label=${`${type}, ${remark}`}><h2>${type}</h2><p class="quiet">${remark}</p>
    <dl>${names.map(
      (name) =>
        html`<dt>${name}</dt><dd>${
          masked.includes(name) ? maskedView : (JSON.stringify(data[name]) ?? 'null')
        }</dd>`,
    )}</dl></section>`
}

function headerView(context: Context, event: LogEvent): TemplateResult {
  const { id, streamId, aggregate, version, recordedAt, actor, requestId, traceId, causationId } =
    event
  const stream = linkView(context, { view: 'stream', id: streamId, step: version }, streamId)
  const cause = causationId && linkView(context, { view: 'event', key: causationId }, causationId)
  const facts = [
    ['Id', id],
    ['Stream', html`${stream}, ${aggregate}, version ${version}`],
    ['Recorded', timeView(recordedAt)],
    ['Actor', actor ?? 'none'],
    ['Caused by', cause ?? 'a request'],
    ['Request', requestId ?? 'none'],
    ['Trace', traceId ?? 'none'],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

function causedView(context: Context, { events, tasks }: Details['caused']): TemplateResult {
  const ofEvents = events.map(({ position, type, recordedAt }) => [
    linkView(context, { view: 'event', key: position }, type),
    timeView(recordedAt),
  ])
  const ofTasks = tasks.map(({ process, dueAt }) => [
    `task ${process}`,
    dueAt === null ? 'given up' : timeView(dueAt),
  ])
  const rows = [...ofEvents, ...ofTasks]
  return tableView('What it caused', ['What', 'When'], rows, 'No event, and no waiting task.')
}

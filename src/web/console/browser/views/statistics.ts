/** *Statistics*: the last 30 days, each figure as bars, and all of them as a table. */

import { html, svg, type TemplateResult } from 'lit-html'
import type { Context } from '../context.ts'
import type { Schemas } from '../state.ts'
import { headingView, loadingView, tableView } from './parts.ts'

type Day = Schemas['DayStatistics']

const figures = {
  messagesSent: 'Messages sent',
  senders: 'Senders',
  newUsers: 'New users',
} as const

export function statisticsView({ store }: Context): TemplateResult {
  const { statistics } = store.get()
  if (!statistics) return html`${headingView('Statistics')}${loadingView}`
  const names = Object.keys(figures) as (keyof typeof figures)[]
  const rows = statistics
    .toReversed()
    .map((day) => [
      html`<span class="day">${day.day}</span>`,
      ...names.map((name) => day[name].toLocaleString('en')),
    ])
  return html`${headingView('Statistics')}<p>The last 30 days, in UTC.</p>
    ${names.map((name) => barsView(figures[name], statistics, (day) => day[name]))}
    <h2>Days</h2>${tableView('Days', ['Day', ...Object.values(figures)], rows, 'There are no figures yet.')}`
}

/** One bar for each day; the highest is as high as the drawing. */
function barsView(
  title: string,
  days: readonly Day[],
  figureOf: (day: Day) => number,
): TemplateResult {
  const highest = Math.max(1, ...days.map(figureOf))
  const total = days.reduce((sum, day) => sum + figureOf(day), 0)
  const most = Math.max(0, ...days.map(figureOf))
  const text = `At most ${most.toLocaleString('en')} on a day.`
  const bars = days.map((day, index) => {
    const height = (figureOf(day) / highest) * 60
    return svg`<rect x=${index * 10 + 1} y=${60 - height} width="8" height=${height}><title>${day.day}: ${figureOf(day)}</title></rect>`
  })
  // The label of the drawing and the table below have the same figures, so the axes are for the eyes alone.
  return html`<h2>${title}</h2><p class="quiet">${text}${title === figures.senders ? '' : ` ${total.toLocaleString('en')} in all.`}</p>
    <div class="drawing"><p class="upright" aria-hidden="true"><span>${highest.toLocaleString('en')}</span><span>0</span></p>
    <svg class="bars" viewBox=${`0 0 ${days.length * 10} 61`} role="img" aria-label=${`${title}. ${text}`} preserveAspectRatio="none">
      ${bars}<line x1="0" y1="60.5" x2=${days.length * 10} y2="60.5"></line></svg>
    <p class="level" aria-hidden="true"><span>${days[0]?.day}</span><span>${days.at(-1)?.day}</span></p></div>`
}

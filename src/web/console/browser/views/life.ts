/** The life of a read table as a line, in the words of `read.tables`, and as a sentence. */

import { html, nothing, type TemplateResult } from 'lit-html'
import { builtPart } from '../rate.ts'
import type { Schemas } from '../state.ts'
import { positionText, timeView } from './parts.ts'
import { progressView } from './upgrade.ts'

type Table = Schemas['ReadTable']

export type Stage = Table['state'] | 'gone'

const stages: readonly Stage[] = ['building', 'live', 'demoted', 'retiring', 'gone']

/** Most tables are never demoted, so a table that is retiring or gone need not have been. */
function isPassed(stage: Stage, current: Stage): boolean {
  return stage !== 'demoted' && stages.indexOf(stage) < stages.indexOf(current)
}

function stageClass(stage: Stage, current: Stage): string {
  if (stage === current) return 'current'
  return isPassed(stage, current) ? 'passed' : 'open'
}

/** The line with a word at each stage. */
export function lifeView(current: Stage): TemplateResult {
  return html`<ol class="life" aria-label="Life of the table">${stages.map(
    (
      stage,
    ) => html`<li class=${stageClass(stage, current)} aria-current=${stage === current ? 'step' : nothing}
      >${stage}</li>`,
  )}</ol>`
}

/** The line without words, for a row of a list, and the stage beside it. */
export function shortLifeView(table: Table, head: string): TemplateResult {
  const { state } = table
  if (table.isMissing) return html`<strong>missing</strong>`
  const percent = `${Math.floor(builtPart(table, head) * 100)} %`
  return html`<span class="short-life"><span class="life" aria-hidden="true">${stages.map(
    (stage) => html`<span class=${stageClass(stage, state)}></span>`,
  )}</span> ${state}${state === 'building' ? html` ${percent}` : nothing}</span>`
}

/** What the stage means for servers and for the log. */
export function stageSentence(table: Table, head: string): TemplateResult {
  if (table.isMissing) {
    return html`<p class="concern">It is missing: a session has dropped it. Run epistle install, which restores it.</p>`
  }
  switch (table.state) {
    case 'building':
      return html`<p>epistle install builds it from the log. No server reads it yet.</p>
        <p>${progressView(table, head)} <span class="quiet">position ${positionText(table.position)}
          of ${positionText(head)}</span></p>`
    case 'live':
      return html`<p>Every event reaches it before the client gets the response. Live since ${timeView(table.liveAt)}.</p>`
    case 'demoted':
      return html`<p>It is a view of ${table.viewOf.join(', ')}. It costs no projection and no space, and servers read it
        as before.</p>`
    case 'retiring':
      return html`<p>Its retirement has begun: no server reads it, and no event is projected into it. If
        no retirement is running, retire it again.</p>`
  }
}

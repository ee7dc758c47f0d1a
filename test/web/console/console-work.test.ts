// Failed tasks in the console, which an operator retries or drops by name. Skipped where no Chromium is installed.
import t from 'tap'
import { violations } from '../../support/browser-page.ts'
import { needChromium, startChromium } from '../../support/chromium.ts'
import { openConsole } from '../../support/console-windows.ts'
import { administered } from '../../support/http/admin.ts'

needChromium(t)

const [{ url, arrive, owner }, browser] = await Promise.all([administered(t), startChromium(t)])
await arrive('ada')
await arrive('bob')

t.test(
  'A failed task is retried or dropped by name, and a drop needs the name of its process',
  async (t) => {
    const { rows } = await owner.query(
      `update work.tasks set attempts = 3, last_error = 'no route', due_at = 'infinity', given_up_at = now()
     where id in (select id from work.tasks order by id limit 2) returning id, process`,
    )
    const [first, second] = rows
    const { page, faults } = await openConsole(t, browser, url, { path: '/work' })
    const section = (id: string) => page.getByRole('region', { name: id })
    await section(first.id).getByText('no route').waitFor()
    t.strictSame(await violations(page), [])
    await section(first.id).getByRole('button', { name: 'Retry now' }).click()
    await page.getByText('Enter your name first.').waitFor()
    await page.keyboard.type('Zoë')
    await section(first.id).getByRole('button', { name: 'Retry now' }).click()
    await page.getByText('The task is due now.').waitFor()
    await section(first.id).waitFor({ state: 'detached' })
    await section(second.id).getByText('Drop the task').click()
    const confirmation = section(second.id).getByRole('textbox')
    await confirmation.fill('another')
    await section(second.id).getByRole('button', { name: 'Drop', exact: true }).click()
    t.equal(await section(second.id).count(), 1, 'another name drops nothing')
    await confirmation.fill(second.process)
    await page.keyboard.press('Enter')
    await page.getByText('The task was dropped.').waitFor()
    const acts = await owner.query(
      `select actor, act from work.acts where act like '%tasks' order by at, id`,
    )
    t.strictSame(acts.rows, [
      { actor: 'Zoë', act: 'retry_tasks' },
      { actor: 'Zoë', act: 'drop_tasks' },
    ])
    const left = await owner.query('select attempts from work.tasks where id = any($1)', [
      [first.id, second.id],
    ])
    t.strictSame(left.rows, [{ attempts: 0 }])
    t.strictSame(faults, [])
  },
)

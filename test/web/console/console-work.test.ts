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

t.test(
  'One click retries all failed tasks of a process manager, also those not shown',
  async (t) => {
    await owner.query(
      `delete from work.tasks;
     insert into work.tasks (process, due_at, attempts, last_error)
     select process, 'infinity', 1, 'no route'
     from generate_series(1, 600), (values ('letters_8'), ('others_8')) as names (process)`,
    )
    const { page, faults } = await openConsole(t, browser, url, { path: '/work' })
    await page.getByText('The oldest 50 of 1,200 failed tasks are shown.').waitFor()
    t.equal(await page.locator('section.task').count(), 50)
    t.strictSame(await violations(page), [])
    await page.getByLabel('Your name').fill('Zoë')
    await page.getByRole('button', { name: 'Retry all failed tasks of letters_8' }).click()
    await page.getByText('600 tasks are due now.').waitFor()
    await page.getByText('The oldest 50 of 600 failed tasks are shown.').waitFor()
    const failed = await owner.query('select distinct process from work.tasks where attempts > 0')
    t.strictSame(failed.rows, [{ process: 'others_8' }])
    const acts = await owner.query('select arguments from work.acts order by id desc limit 1')
    t.strictSame(acts.rows, [{ arguments: { all: true, process: 'letters_8' } }])
    t.strictSame(faults, [])
  },
)

// Published shapes: every event type has one, which names every column, and db/FEED.md lists them all.
import t from 'tap'
import { publishedType, versionOf } from '../../../src/platform/feed/shapes.ts'
import { publishedShapes } from '../../../src/published-events.ts'
import { connect, installedDatabase } from '../../support/installed.ts'
import { readDocument, section, tableRows } from '../../support/markdown.ts'

const owner = await connect(t, await installedDatabase(t))
const { rows: newest } = await owner.query(
  `select distinct on (regexp_replace(type, '_[0-9]+$', '')) type, aggregate, blanks
   from log.event_types left join log.personal_columns on event_type = type
   order by regexp_replace(type, '_[0-9]+$', ''), release desc`,
)
const { rows: columns } = await owner.query(
  `select table_name as type, column_name as name, data_type as kind
   from information_schema.columns where table_schema = 'log'
     and column_name not in ('recorded_at', 'position')`,
)
const memberOf = (column: string) => column.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

t.test('The newest version of every event type has a published shape', async (t) => {
  t.strictSame(
    Object.keys(publishedShapes).sort(),
    newest.map(({ type }) => type).sort(),
    'add `published` beside the new event, and remove that of the version before',
  )
  for (const { type, aggregate } of newest) {
    t.equal(publishedShapes[type]?.aggregate, aggregate, type)
    const own = columns.filter((column) => column.type === type)
    const members = own.map(({ name }) => memberOf(name)).sort()
    t.strictSame(Object.keys(publishedShapes[type]?.members ?? {}).sort(), members, type)
  }
})

t.test('The newest view of each aggregate is that of its newest shape', async (t) => {
  const { rows } = await owner.query(
    'select aggregate, max(release) as release from log.event_types group by aggregate',
  )
  for (const { aggregate, release } of rows) {
    const own = Object.entries(publishedShapes).filter(([, shape]) => shape.aggregate === aggregate)
    t.equal(Math.max(...own.map(([type]) => versionOf(type))), release, aggregate)
  }
})

t.test('No hash is published, and no personal column without the scope for it', async (t) => {
  for (const { type, name, kind } of columns) {
    const shape = publishedShapes[type]
    if (!shape) continue
    const visibility = shape.members[memberOf(name)]
    if (kind === 'bytea' || /hash|token|secret|password/.test(name)) {
      t.equal(visibility, 'withheld', `${type}.${name}`)
    }
  }
  for (const { type, blanks } of newest) {
    for (const column of Object.keys(blanks ?? {})) {
      t.not(publishedShapes[type]?.members[memberOf(column)], 'open', `${type}.${column}`)
    }
  }
})

t.test('A text is open only if the service, not a user or an operator, chose it', async (t) => {
  const chosen = [
    'mail_token_issued_8.purpose',
    'report_settled_17.outcome',
    'user_forgotten_12.kept',
  ]
  const open = columns
    .filter(({ kind }) => kind === 'text' || kind === 'ARRAY' || kind === 'jsonb')
    .filter(({ type, name }) => publishedShapes[type]?.members[memberOf(name)] === 'open')
    .map(({ type, name }) => `${type}.${name}`)
  t.strictSame(open.sort(), chosen)
})

t.test('db/FEED.md has every published type with its members', async (t) => {
  const [, ...rows] = tableRows(section(await readDocument('db/FEED.md'), 'Types'))
  const shapes = Object.entries(publishedShapes)
    .map(([table, { summary, members, names }]) => {
      const of = (wanted: string) =>
        Object.entries(members)
          .filter(([, visibility]) => visibility === wanted)
          .map(([member]) => `\`${names[member] ?? member}\``)
          .join(', ')
      return [`\`${publishedType(table)}\``, summary, of('open'), of('personal')]
    })
    .sort(([one = ''], [other = '']) => (one < other ? -1 : 1))
  t.strictSame(rows, shapes)
})

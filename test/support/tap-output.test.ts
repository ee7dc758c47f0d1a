// Counting from TAP: a test that asserts nothing is found and counted as failed.
import t from 'tap'
import { countTests } from './tap-output.ts'

const commentsOnly = `TAP version 14
# Subtest: test/a.test.ts
    # Subtest: only comments
        # nothing is asserted
        # really
        1..0
    ok 1 - only comments # time=12.6ms
    # Subtest: outer
        # Subtest: inner comments
            # a comment
            1..0
        ok 1 - inner comments # time=1.3ms
        ok 2 - y
        1..2
    ok 2 - outer # time=6.3ms
    # Subtest: comments and a nested test
        # a comment
        # Subtest: nested
            ok 1 - z
            1..1
        ok 1 - nested # time=1.4ms
        1..1
    ok 3 - comments and a nested test # time=3.3ms
    1..3
ok 1 - test/a.test.ts # time=46.4ms
# { total: 4, pass: 4 }
`

const nothingAtAll = `TAP version 14
# Subtest: test/a.test.ts
    # Subtest: empty
        1..0
    ok 1 - empty # time=0.2ms
    1..1
ok 1 - test/a.test.ts # time=46.4ms
ok 2 - test/b.test.ts # SKIP no tests found
# { total: 2, pass: 1, skip: 1 }
`

t.test('A test that only comments counts as failed', async (t) => {
  t.same(countTests(commentsOnly), {
    passed: 2,
    failed: 2,
    skipped: 0,
    empty: ['only comments', 'inner comments'],
  })
})

t.test('An empty test and an empty file count as failed', async (t) => {
  t.same(countTests(nothingAtAll), {
    passed: 0,
    failed: 2,
    skipped: 0,
    empty: ['empty', 'test/b.test.ts'],
  })
})

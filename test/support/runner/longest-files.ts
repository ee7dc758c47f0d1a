// The test files that run longest, which `npm test` starts first, so that no core is idle at the end. The order is
// that of measured times; a file that is missing here costs only time.
export const longestFiles: readonly string[] = [
  'test/platform/read-models/rollout.test.ts',
  'test/platform/read-models/install/exactness.test.ts',
  'test/platform/read-models/install/killed-build.test.ts',
  'test/platform/http/openapi/docs-in-browser.test.ts',
  'test/platform/read-models/install/preflight.test.ts',
  'test/platform/read-models/install/crash.test.ts',
  'test/platform/read-models/install/build.test.ts',
  'test/platform/embedded-postgres/embedded-postgres.test.ts',
  'test/platform/read-models/install/refusals.test.ts',
  'test/db/racing.test.ts',
  'test/faults/faults.test.ts',
  'test/cli/command-line.test.ts',
  'test/platform/read-models/autovacuum.test.ts',
  'test/features/live-updates/slow-readers.test.ts',
  'test/openapi/package.test.ts',
  'test/web/chat/chat.test.ts',
]
